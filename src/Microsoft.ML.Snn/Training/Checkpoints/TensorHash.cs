using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>A hash that tells whether two networks have the same weights, to the bit.</summary>
internal static class TensorHash
{
    /// <param name="tensors">By names; in any order.</param>
    public static UInt128 Of(IReadOnlyDictionary<string, float[]> tensors)
    {
        var hash = new XxHash128();
        foreach ((string name, float[] values) in tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            hash.Append(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        return hash.GetCurrentHashAsUInt128();
    }
}
