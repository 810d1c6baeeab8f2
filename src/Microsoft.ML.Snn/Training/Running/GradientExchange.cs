using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Puts gradients into buckets, in the order in which they come, which is the same on each rank, and has the ranks' buckets added up
/// (<see cref="BucketSum"/>).
/// </summary>
/// <remarks>
/// Where the ranks have a second channel, a thread of its own adds up each bucket as soon as it is full, while the backward pass goes on
/// and asks for its own sums on the first. Sums stay in the buckets, 4 bytes a number of the network, until <see cref="Finish"/>: torch
/// has taken over the gradients by then. Without a second channel nothing is sent before <see cref="Finish"/>, in the same buckets.
/// </remarks>
internal sealed class GradientExchange : IDisposable
{
    /// <summary>Numbers in a bucket, 4 MiB: enough to fill a link, few enough to begin early.</summary>
    public const int BucketSize = 1 << 20;

    private readonly bool _isAlone;
    private readonly BucketSum _sum;
    private readonly List<(float[] Values, int Used)> _buckets = [];
    private readonly List<Piece> _pieces = [];
    private readonly HashSet<Tensor> _targets = new(ReferenceEqualityComparer.Instance);
    // What follows is for the thread.
    private readonly Thread? _thread;
    private readonly BlockingCollection<(float[] Values, int Used)> _full = [];
    private readonly SemaphoreSlim _added = new(0);
    private volatile ExceptionDispatchInfo? _failure;
    private int _filled, _waitingFor;

    /// <param name="ranks">Who takes part.</param>
    /// <param name="precision">What goes from rank to rank; sums are float32 in any case.</param>
    /// <param name="overlaps">Whether to use the ranks' second channel, where there is one.</param>
    public GradientExchange(RankGroup ranks, TrainingPrecision precision, bool overlaps)
    {
        RankGroup? second = overlaps ? ranks.Second : null;
        (_isAlone, _sum) = (ranks.IsAlone, new(second ?? ranks, precision, BucketSize));
        if (second is null)
            return;
        _thread = new(AddUpFullBuckets) { IsBackground = true, Name = "SNN gradients" };
        _thread.Start();
    }

    /// <summary>Whether sums begin before <see cref="Finish"/>.</summary>
    public bool Overlaps => _thread is not null;

    /// <summary>Takes in a tensor of this rank, unless it has been; every rank does in the same order.</summary>
    /// <param name="target">What <see cref="Finish"/> names it by.</param>
    /// <param name="values">Of the same size on each rank, on any device; free when this returns.</param>
    /// <exception cref="Exception">What the communicator has thrown for buckets before.</exception>
    public void Add(Tensor target, Tensor values)
    {
        if (_isAlone || !_targets.Add(target))
            return;
        _failure?.Throw();
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        // Gradients of bfloat16 products too: torch makes them the parameter's type in the same way.
        Tensor flat = TensorMemory.ChannelsInnermost(values.to(ScalarType.Float32, CPU));
        int length = checked((int)flat.numel());
        for (int start = 0; start < length;)
        {
            if (_filled == _buckets.Count)
                _buckets.Add((_sum.NewBucket(), 0));
            (float[] bucket, int used) = _buckets[_filled];
            int count = Math.Min(length - start, BucketSize - used);
            Values(flat).Slice(start, count).CopyTo(bucket.AsSpan(used));
            _pieces.Add(new(target, start, count, bucket, used));
            _buckets[_filled] = (bucket, used + count);
            start += count;
            if (used + count == BucketSize)
                Close();
        }
    }

    /// <summary>Puts the sums over all ranks where they belong, and begins anew.</summary>
    /// <param name="place">The tensor that a target's sums go to, of the size of what was added.</param>
    /// <exception cref="Exception">What the communicator has thrown.</exception>
    public void Finish(Func<Tensor, Tensor> place)
    {
        if (_isAlone)
            return;
        if (_filled < _buckets.Count && _buckets[_filled].Used > 0)
            Close();
        if (_thread is null)
        {
            foreach ((float[] bucket, int used) in _buckets[.._filled])
                _sum.AddUp(bucket, used);
        }
        for (; _waitingFor > 0; _waitingFor--)
            _added.Wait();
        _failure?.Throw();
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor? target, Tensor? tensor, Tensor? flat) = (null, null, null);
        foreach (Piece piece in _pieces)
        {
            if (!ReferenceEquals(piece.Target, target))
            {
                (target, tensor) = (piece.Target, place(piece.Target));
                flat = TensorMemory.ChannelsInnermost(tensor.to(ScalarType.Float32, CPU));
            }
            piece.Bucket.AsSpan(piece.At, piece.Count).CopyTo(Values(flat!)[piece.Start..]);
            // The last piece of a tensor: what was a copy goes back.
            if (piece.Start + piece.Count == flat!.numel())
                tensor!.copy_(TensorMemory.ChannelsSecond(flat));
        }
        _pieces.Clear();
        _targets.Clear();
        for (int i = 0; i < _buckets.Count; i++)
            _buckets[i] = (_buckets[i].Values, 0);
        _filled = 0;
    }

    public void Dispose()
    {
        _full.CompleteAdding();
        // In the midst of a step other ranks may be gone, and a sum lasts until the training is abandoned: the thread ends with it.
        if (_waitingFor > 0)
            return;
        _thread?.Join();
        _full.Dispose();
        _added.Dispose();
    }

    private static unsafe Span<float> Values(Tensor flat) => new(TensorMemory.Address<float>(flat), checked((int)flat.numel()));

    private void Close()
    {
        if (_thread is not null)
        {
            _waitingFor++;
            _full.Add(_buckets[_filled]);
        }
        _filled++;
    }

    private void AddUpFullBuckets()
    {
        foreach ((float[] bucket, int used) in _full.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null)
                    _sum.AddUp(bucket, used);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            _added.Release();
        }
    }

    /// <summary>A part of a tensor in a bucket.</summary>
    private sealed record Piece(Tensor Target, int Start, int Count, float[] Bucket, int At);
}
