using System.Runtime.Intrinsics;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// The weight gradient of the 3x3 convolution of stride 1 over spikes: for each weight the sum of the output's gradient at the pixels
/// that it was added to, and no work for silent ones. Sums are float32, in an order of their own that no number of threads changes.
/// </summary>
internal static unsafe class SpikeWeightGradient
{
    private const int OutBlock = SpikeGather.OutBlock;

    /// <summary>Input channels of a piece of work: few enough for their gradients to stay in the second cache.</summary>
    private const int InBlock = 64;

    /// <summary>Pieces of work that a layer is cut into at least, by parts of the batch where it has too few blocks of channels.</summary>
    private const int MinPieces = 8;

    /// <summary>
    /// Density from which on oneDNN is faster. In float32 two cores with AVX2 broke even at 0.6 (32 channels) and above; in bfloat16 two
    /// cores with AMX, whose oneDNN takes 35 ms a layer, at 0.25.
    /// </summary>
    public static double MaxDensity(ScalarType dtype) => dtype == ScalarType.BFloat16 ? 0.25 : 0.6;

    public static bool Supports(ConvolutionPlan plan) => SpikeGather.Supports(plan) && SpikePositions.Supports(plan.OutWidth);

    /// <summary>float32 [Out, In, 3, 3] in channels-last memory for the gradient by the output, [T*N, H, W, Out].</summary>
    public static Tensor Of(SpikeMask spikes, Tensor gradient) => Of(spikes, gradient, isWide: Vector512.IsHardwareAccelerated);

    /// <summary>The same with vectors of 16 channels or of 8, which give the same bits.</summary>
    public static Tensor Of(SpikeMask spikes, Tensor gradient, bool isWide)
    {
        // It outlives the rest and comes first: what is freed after it then leaves no hole.
        using Tensor result = TensorMemory.Allocate(ScalarType.Float32, gradient.shape[^1], 3, 3, spikes.Channels);
        using var positions = new SpikePositions(spikes);
        var job = new Summation(spikes, positions, gradient, TensorMemory.Address<float>(result));
        KernelVectors.Run(isWide, gradient.dtype, ref job);
        return TensorMemory.ChannelsSecond(result);
    }

    /// <summary>
    /// Sums [In of the block, 3, 3, 32 output channels] -> [32, 3, 3, In of the block], <paramref name="inChannels"/> from row to row.
    /// </summary>
    private static void Transpose(float* sums, int count, float* target, int inChannels)
    {
        for (int place = 0; place < 9; place++)
        {
            for (int o = 0; o < OutBlock; o++)
            {
                float* from = sums + place * OutBlock + o, to = target + (o * 9L + place) * inChannels;
                for (int channel = 0; channel < count; channel++)
                    to[channel] = from[channel * GradientTile.Sums];
            }
        }
    }

    /// <summary>Writes [Out, 3, 3, In] to <paramref name="targets"/>.</summary>
    private readonly struct Summation(SpikeMask spikes, SpikePositions positions, Tensor gradient, float* targets) : IKernelJob
    {
        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
        {
            (int inChannels, int outChannels) = (spikes.Channels, (int)gradient.shape[^1]);
            (SpikeMask mask, SpikePositions fired) = (spikes, positions);
            float* firstTargets = targets;
            byte* outer = TensorMemory.Address<byte>(gradient);
            int inBlocks = (inChannels + InBlock - 1) / InBlock, blocks = outChannels / OutBlock * inBlocks;
            // By the layer's size alone, so that sums are the same on every machine.
            var groups = (int)Math.Clamp((MinPieces + blocks - 1) / blocks, 1, positions.Tiles);
            long size = outChannels * 9L * inChannels;
            using var laterGroups = new ScratchMemory<float>((groups - 1) * size);
            float* laterTargets = laterGroups.Address;
            ParallelRange.For((long)blocks * groups, 1, (start, end) =>
            {
                for (long piece = start; piece < end; piece++)
                {
                    (long block, long group) = Math.DivRem(piece, groups);
                    int firstOut = (int)(block / inBlocks) * OutBlock, firstIn = (int)(block % inBlocks) * InBlock;
                    int count = Math.Min(InBlock, inChannels - firstIn);
                    using var sums = new ScratchMemory<float>(count * GradientTile.Sums);
                    sums.Span.Clear();
                    using var padded = new ScratchMemory<float>(GradientTile.PaddedPixels(fired.TileRows, mask.Width) * OutBlock);
                    padded.Span.Clear();
                    var tile = new GradientTile(mask, fired, outer + firstOut * TElement.Size, outChannels, padded.Address);
                    (long firstTile, long endTile) = (fired.Tiles * group / groups, fired.Tiles * (group + 1) / groups);
                    for (long i = firstTile; i < endTile; i++)
                    {
                        tile.Load<TElement>(i);
                        for (int channel = 0; channel < count; channel++)
                            tile.AddTo(sums.Address + channel * GradientTile.Sums, fired.Of(i, firstIn + channel), TLanes.Count == 16);
                    }
                    float* target = group == 0 ? firstTargets : laterTargets + (group - 1) * size;
                    Transpose(sums.Address, count, target + firstOut * 9L * inChannels + firstIn, inChannels);
                }
            });
            for (int group = 1; group < groups; group++)
            {
                for (long i = 0; i < size; i++)
                    targets[i] += laterTargets[(group - 1) * size + i];
            }
        }
    }
}
