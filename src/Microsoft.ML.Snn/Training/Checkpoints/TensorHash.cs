using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>A hash that tells whether two networks have the same weights, to the bit.</summary>
internal static class TensorHash
{
    /// <param name="tensors">With their names, in an order that is theirs.</param>
    public static UInt128 Of(IEnumerable<(string Name, float[] Values)> tensors)
    {
        var hash = new XxHash128();
        foreach ((string name, float[] values) in tensors)
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            hash.Append(BitConverter.GetBytes(values.Length));
            hash.Append(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        return hash.GetCurrentHashAsUInt128();
    }
}
