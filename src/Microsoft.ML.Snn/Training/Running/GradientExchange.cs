using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Adds up the ranks' gradients. They go in buckets, from the output to the input: of each, rank i gets everybody's i-th part, adds these
/// in the order of ranks, and gives its sums to all. So a rank sends 2 (K - 1) / K times what it has, and every rank has the same sums to
/// the bit, each time.
/// </summary>
/// <param name="ranks">Who takes part.</param>
/// <param name="precision">What goes from rank to rank; sums are float32 in any case.</param>
internal sealed class GradientExchange(RankGroup ranks, TrainingPrecision precision)
{
    /// <summary>Numbers in a bucket, 4 MiB: enough to fill a link, few enough to begin early.</summary>
    public const int BucketSize = 1 << 20;

    private readonly int _part = (BucketSize + ranks.Size - 1) / ranks.Size;
    private float[] _bucket = [], _received = [], _sums = [];
    private ushort[] _shortBucket = [], _shortReceived = [], _shortSums = [];

    /// <summary>Puts the sums over all ranks in the place of this one's tensors.</summary>
    /// <param name="tensors">float32, of the same sizes on each rank.</param>
    public void Sum(IEnumerable<Tensor> tensors)
    {
        if (ranks.IsAlone)
            return;
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Reserve();
        var waiting = new List<(Tensor Tensor, Tensor Flat, int Start, int Count, int At)>();
        int used = 0;
        foreach (Tensor tensor in tensors)
        {
            Tensor flat = TensorMemory.ChannelsInnermost(tensor.cpu());
            int length = checked((int)flat.numel());
            for (int start = 0; start < length;)
            {
                int count = Math.Min(length - start, BucketSize - used);
                Values(flat).Slice(start, count).CopyTo(_bucket.AsSpan(used));
                waiting.Add((tensor, flat, start, count, used));
                (start, used) = (start + count, used + count);
                if (used == BucketSize)
                    Flush();
            }
        }
        Flush();

        void Flush()
        {
            SumBucket(used);
            foreach ((Tensor tensor, Tensor flat, int start, int count, int at) in waiting)
            {
                _bucket.AsSpan(at, count).CopyTo(Values(flat)[start..]);
                // The last piece of a tensor: what was a copy goes back.
                if (start + count == flat.numel())
                    tensor.copy_(TensorMemory.ChannelsSecond(flat));
            }
            waiting.Clear();
            used = 0;
        }
    }

    private static unsafe Span<float> Values(Tensor flat) => new(TensorMemory.Address<float>(flat), checked((int)flat.numel()));

    private void Reserve()
    {
        if (_bucket.Length > 0)
            return;
        (_bucket, _sums) = (new float[_part * ranks.Size], new float[_part]);
        if (precision == TrainingPrecision.Float32)
            _received = new float[_bucket.Length];
        else
            (_shortBucket, _shortReceived, _shortSums) = (new ushort[_bucket.Length], new ushort[_bucket.Length], new ushort[_part]);
    }

    private void SumBucket(int used)
    {
        // The last bucket may be smaller; its parts too.
        int part = (used + ranks.Size - 1) / ranks.Size, all = part * ranks.Size;
        _bucket.AsSpan(used, all - used).Clear();
        Span<float> sums = _sums.AsSpan(0, part);
        if (precision == TrainingPrecision.Float32)
        {
            ranks.Exchange<float>(_bucket.AsSpan(0, all), _received.AsSpan(0, all));
            _received.AsSpan(0, part).CopyTo(sums);
            for (int rank = 1; rank < ranks.Size; rank++)
                Add(sums, _received.AsSpan(rank * part, part));
            ranks.Gather<float>(sums, _bucket.AsSpan(0, all));
            return;
        }
        Round(_bucket.AsSpan(0, all), _shortBucket);
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
            _bucket[i] = Widen(_shortBucket[i]);
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
