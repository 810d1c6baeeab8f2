using PureHDF.Filters;

namespace Microsoft.ML.Snn.Events.Hdf5.Files;

/// <summary>Prophesee's filter of the datasets of events (github.com/prophesee-ai/hdf5_ecf), for reading.</summary>
internal sealed class EcfFilter : IH5Filter
{
    public const ushort Id = 0x8ecf;

    public ushort FilterId => Id;

    public string Name => "ECF";

    public Memory<byte> Filter(FilterInfo info)
    {
        if (!info.Flags.HasFlag(H5FilterFlags.Decompress))
            throw new NotSupportedException("ECF is only read, not written.");
        // A chunk has its whole size, even where fewer events are left for it.
        byte[] chunk = new byte[info.ChunkSize];
        EcfChunk.Decode(info.Buffer.Span, chunk);
        return chunk;
    }

    public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) => [];
}
