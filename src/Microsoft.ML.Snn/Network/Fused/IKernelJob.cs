using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// Work that is written once for every width of vectors and every type of values; <see cref="KernelVectors"/> chooses both.
/// </summary>
internal interface IKernelJob
{
    void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement;
}
