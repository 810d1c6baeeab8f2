using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Events.Hdf5.Files;
using PureHDF.Filters;

namespace Microsoft.ML.Snn.Tests.Events.Hdf5;

/// <summary>Writes chunks in ECF, plainly: a count for each run of equal rows, polarities and times.</summary>
internal sealed class EcfEncoder : IH5Filter
{
    /// <summary>How pixels are packed: 0 for runs, 1 for packed columns, 2 for packed rows and columns.</summary>
    public int Packing { get; set; }

    public ushort FilterId => EcfFilter.Id;

    public string Name => "ECF";

    public Memory<byte> Filter(FilterInfo info) => info.Flags.HasFlag(H5FilterFlags.Decompress)
        ? new EcfFilter().Filter(info) : Encode(MemoryMarshal.Cast<byte, Hdf5Event>(info.Buffer.Span).ToArray());

    public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) => [];

    private byte[] Encode(Hdf5Event[] events)
    {
        var bytes = new List<byte>();
        Add(4, (ulong)events.Length << 2 | (uint)Packing);
        Add(8, (ulong)events[0].t);
        long time = events[0].t;
        foreach ((long next, int count) in Runs(e => e.t))
        {
            long step = Math.Max(0, next - time);
            // What is beyond four bits goes before, four bits at a time.
            if (step >= 15)
            {
                for (; step > 0; step >>= 4)
                    Add(1, (ulong)(0xf0 + step % 16));
            }
            Add(1, (ulong)(16 * step + Math.Min(count, 15)));
            if (count >= 15)
                Add(2, (ulong)count);
            time = Math.Max(time, next);
        }
        switch (Packing)
        {
            case 0:
                AddRows();
                foreach (Hdf5Event e in events)
                    Add(2, (ulong)e.x << 5);
                foreach ((long polarity, int count) in Runs(e => e.p))
                {
                    Add(1, (ulong)(128 * polarity + Math.Min(count, 127)));
                    if (count >= 127)
                        Add(2, (ulong)count);
                }
                break;
            case 1:
                AddRows();
                AddPacked(2, e => (uint)(2 * e.x + e.p));
                break;
            default:
                AddPacked(4, e => (uint)(4096 * e.y + 2 * e.x + e.p));
                break;
        }
        return [.. bytes];

        void Add(int size, ulong value)
        {
            byte[] number = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            bytes.AddRange(number[..size]);
        }

        void AddRows()
        {
            foreach ((long row, int count) in Runs(e => e.y))
            {
                Add(2, (ulong)(32 * row + Math.Min(count, 31)));
                if (count >= 31)
                    Add(2, (ulong)count);
            }
        }

        // Four values of three quarters of a word, from the highest bits on, each but the first with its lowest bits first.
        void AddPacked(int wordSize, Func<Hdf5Event, uint> pack)
        {
            int quarter = 2 * wordSize;
            uint low = (1u << quarter) - 1;
            foreach (Hdf5Event[] group in events.Chunk(4))
            {
                uint[] v = [.. group.Select(pack), 0, 0, 0];
                Add(wordSize, v[0] << quarter | v[1] & low);
                Add(wordSize, v[1] >> quarter << 2 * quarter | v[2] & ((1u << 2 * quarter) - 1));
                Add(wordSize, v[2] >> 2 * quarter << 3 * quarter | v[3]);
            }
        }

        IEnumerable<(long Value, int Count)> Runs(Func<Hdf5Event, long> part)
        {
            for (int i = 0; i < events.Length;)
            {
                int start = i;
                while (i < events.Length && part(events[i]) == part(events[start]))
                    i++;
                yield return (part(events[start]), i - start);
            }
        }
    }
}
