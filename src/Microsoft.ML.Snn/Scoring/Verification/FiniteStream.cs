namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>
/// Bytes that nobody reads on past the end of: ML.NET's reader of schemas waits there for more, forever, where lengths in them are damaged.
/// </summary>
internal sealed class FiniteStream(byte[] bytes) : MemoryStream(bytes, writable: false)
{
    // A reader may look for the end, a few times.
    private const int MaxEmptyReads = 1000;

    private int _emptyReads;

    // MemoryStream's other ways to read come here, but for the next one.
    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = base.Read(buffer, offset, count);
        if (read == 0 && count > 0)
            CountEmptyRead();
        return read;
    }

    public override int ReadByte()
    {
        int value = base.ReadByte();
        if (value < 0)
            CountEmptyRead();
        return value;
    }

    private void CountEmptyRead()
    {
        if (++_emptyReads > MaxEmptyReads)
            throw new EndOfStreamException("It ends too early.");
    }
}
