using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Tells the format of a recording by its first bytes.</summary>
internal static class FormatRecognition
{
    private static ReadOnlySpan<byte> Aedat => "#!AER-DAT"u8;

    /// <exception cref="NotSupportedException">Its format is not one that can be read.</exception>
    public static EventFileFormat Recognize(EventFileInput input)
    {
        input.Fill(EventFileInput.Capacity);
        ReadOnlySpan<byte> beginning = input.Window;
        if (beginning.StartsWith(Aedat))
            return RecognizeAedat(beginning[Aedat.Length..], input.Name);
        if (NumPyHeader.IsArray(beginning) || NumPyArchive.IsArchive(beginning))
            return EventFileFormat.NumPy;
        if (PropheseeHeader.Recognize(beginning, input.Name) is { } format)
            return format;
        if (Hdf5Registration.IsHdf5(beginning))
            return EventFileFormat.Hdf5;
        // Only now the formats without a mark of their own.
        if (TextRecognition.AreEvents(beginning, isWhole: beginning.Length < EventFileInput.Capacity))
            return EventFileFormat.Text;
        if (input.Remaining % NMnistDecoder.RecordSize == 0 && NMnistDecoder.ArePlausible(beginning))
            return EventFileFormat.NMnist;
        throw new NotSupportedException(
            $"{input.Name} is in none of the formats that can be recognized ({string.Join(", ", Enum.GetNames<EventFileFormat>())}). "
            + $"Where it is in one of them nevertheless, name it by the option {nameof(EventReadOptions.Format)}.");
    }

    private static EventFileFormat RecognizeAedat(ReadOnlySpan<byte> version, string name)
    {
        if (version.StartsWith("2.0"u8))
            return EventFileFormat.Aedat2;
        if (version.StartsWith("3.1"u8))
            return EventFileFormat.Aedat31;
        if (version.StartsWith("4.0"u8))
            return EventFileFormat.Aedat4;
        throw new NotSupportedException($"{name}: of AEDAT files, only the versions 2.0, 3.1 and 4.0 can be read.");
    }
}
