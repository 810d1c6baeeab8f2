using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Tells the format of a recording by its first bytes.</summary>
internal static class FormatRecognition
{
    /// <exception cref="NotSupportedException">Its format is not one that can be read.</exception>
    public static EventFileFormat Recognize(EventFileInput input)
    {
        input.Fill(EventFileInput.Capacity);
        ReadOnlySpan<byte> beginning = input.Window;
        if (AedatVersion.Recognize(beginning, input.Name) is { } version)
            return version;
        if (NumPyHeader.IsArray(beginning) || NumPyArchive.IsArchive(beginning))
            return EventFileFormat.NumPy;
        if (PropheseeHeader.Recognize(beginning, input.Name) is { } format)
            return format;
        if (Hdf5Registration.IsHdf5(beginning))
            return EventFileFormat.Hdf5;
        // Only now the formats without a mark of their own.
        if (TextRecognition.AreEvents(beginning, isWhole: beginning.Length < EventFileInput.Capacity))
            return EventFileFormat.Text;
        if (input.Remaining is { } length && NMnistDecoder.ArePlausible(beginning, isWhole: length % NMnistDecoder.RecordSize == 0))
            return EventFileFormat.NMnist;
        throw new NotSupportedException(
            $"{input.Name} is in none of the formats that can be recognized ({string.Join(", ", Enum.GetNames<EventFileFormat>())}). "
            + $"Where it is in one of them nevertheless, name it by the option {nameof(EventReadOptions.Format)}.");
    }
}
