namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>HDF5 is decoded by a package of its own, which brings an HDF5 library, and which an app registers.</summary>
internal static class Hdf5Registration
{
    private static volatile Func<EventFileInput, EventReadOptions, EventDecoder>? _decoder;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    public static bool IsHdf5(ReadOnlySpan<byte> beginning) => beginning.StartsWith(Signature);

    /// <param name="decoder">Null for none.</param>
    public static void Register(Func<EventFileInput, EventReadOptions, EventDecoder>? decoder) => _decoder = decoder;

    /// <exception cref="NotSupportedException">No decoder is registered.</exception>
    public static EventDecoder CreateDecoder(EventFileInput input, EventReadOptions options)
    {
        Func<EventFileInput, EventReadOptions, EventDecoder> decoder = _decoder ?? throw new NotSupportedException(
            $"{input.Name}: HDF5 files are read by the package Microsoft.ML.Snn.Events.Hdf5, which this app has not registered. Call "
            + "Hdf5Events.Register() when the app starts.");
        return decoder(input, options);
    }
}
