using System.Security.Cryptography;
using System.Text;

namespace BatchScore.Sharding;

/// <summary>A hash of the units that a listing has given so far: tells whether another one gives the same.</summary>
internal sealed class UnitHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The number of units.</summary>
    public int Count { get; private set; }

    public void Append(string identity)
    {
        // With its length in front, so that no other texts run together to the same bytes.
        byte[] bytes = Encoding.UTF8.GetBytes(identity);
        _hash.AppendData(BitConverter.GetBytes(bytes.Length));
        _hash.AppendData(bytes);
        Count++;
    }

    /// <summary>The hash of all units until now.</summary>
    public byte[] Read() => _hash.GetCurrentHash();

    public void Dispose() => _hash.Dispose();
}
