using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Communication;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Adds up the ranks' buckets of numbers. Rank i gets everybody's i-th part, adds these in the order of ranks, and gives its sums to all:
/// a rank sends 2 (K - 1) / K times what it has, and every rank has the same sums to the bit, however numbers are put into buckets.
/// </summary>
/// <param name="ranks">Who takes part.</param>
/// <param name="precision">What goes from rank to rank; sums are float32 in any case.</param>
/// <param name="size">Numbers that a bucket holds at most.</param>
internal sealed class BucketSum(RankGroup ranks, TrainingPrecision precision, int size)
{
    private readonly int _part = (size + ranks.Size - 1) / ranks.Size;
    private float[] _received = [], _sums = [];
    private ushort[] _shortBucket = [], _shortReceived = [], _shortSums = [];

    /// <summary>An empty bucket, long enough for parts of equal lengths.</summary>
    public float[] NewBucket() => new float[_part * ranks.Size];

    /// <summary>Puts the sums over all ranks in the place of a bucket's first numbers.</summary>
    /// <param name="bucket">Of <see cref="NewBucket"/>.</param>
    /// <param name="used">How many numbers it holds, as many on each rank.</param>
    /// <exception cref="Exception">What the communicator throws.</exception>
    public void AddUp(float[] bucket, int used)
    {
        Reserve();
        // The last bucket may be smaller; its parts too.
        int part = (used + ranks.Size - 1) / ranks.Size, all = part * ranks.Size;
        bucket.AsSpan(used, all - used).Clear();
        Span<float> sums = _sums.AsSpan(0, part);
        if (precision == TrainingPrecision.Float32)
        {
            ranks.Exchange<float>(bucket.AsSpan(0, all), _received.AsSpan(0, all));
            _received.AsSpan(0, part).CopyTo(sums);
            for (int rank = 1; rank < ranks.Size; rank++)
                Add(sums, _received.AsSpan(rank * part, part));
            ranks.Gather<float>(sums, bucket.AsSpan(0, all));
            return;
        }
        Round(bucket.AsSpan(0, all), _shortBucket);
        ranks.Exchange<ushort>(_shortBucket.AsSpan(0, all), _shortReceived.AsSpan(0, all));
        sums.Clear();
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            ReadOnlySpan<ushort> received = _shortReceived.AsSpan(rank * part, part);
            for (int i = 0; i < part; i++)
                sums[i] += Widen(received[i]);
        }
        Round(sums, _shortSums);
        ranks.Gather<ushort>(_shortSums.AsSpan(0, part), _shortBucket.AsSpan(0, all));
        for (int i = 0; i < all; i++)
            bucket[i] = Widen(_shortBucket[i]);
    }

    private void Reserve()
    {
        if (_sums.Length > 0)
            return;
        int all = _part * ranks.Size;
        _sums = new float[_part];
        if (precision == TrainingPrecision.Float32)
            _received = new float[all];
        else
            (_shortBucket, _shortReceived, _shortSums) = (new ushort[all], new ushort[all], new ushort[_part]);
    }

    private static void Add(Span<float> sums, ReadOnlySpan<float> added)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(sums);
        ReadOnlySpan<Vector<float>> wideAdded = MemoryMarshal.Cast<float, Vector<float>>(added);
        for (int i = 0; i < wide.Length; i++)
            wide[i] += wideAdded[i];
        for (int i = wide.Length * Vector<float>.Count; i < sums.Length; i++)
            sums[i] += added[i];
    }

    /// <summary>To the nearest bfloat16, halves to the even one. What is not finite stays so.</summary>
    private static void Round(ReadOnlySpan<float> values, Span<ushort> rounded)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            rounded[i] = (ushort)(float.IsNaN(values[i]) ? 0x7FC0 : bits + 0x7FFF + (bits >> 16 & 1) >> 16);
        }
    }

    private static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}
