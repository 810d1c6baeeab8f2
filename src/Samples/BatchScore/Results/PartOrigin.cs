using System.Security.Cryptography;
using System.Text;

namespace BatchScore.Results;

/// <summary>What a part was made of and with. A part fits if all of it is the same again.</summary>
/// <param name="Model">A hash of the model's zip.</param>
/// <param name="Settings">What else decides the rows: the version of the scoring, the source's settings, the size of a batch.</param>
/// <param name="Stamps">A hash of the pictures' names, and the sizes and times of their files.</param>
/// <param name="Contents">A hash of the pictures' names and bytes; null where they were not read.</param>
internal sealed record PartOrigin(string Model, string Settings, string Stamps, string? Contents)
{
    /// <summary>Stands for a picture that could not be read: another run tries again.</summary>
    public const string Unread = "unread";

    /// <summary>Stands for the bytes of a picture.</summary>
    /// <param name="bytes">Null where the source has none.</param>
    public static string Content(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A hash of a batch's names and what stands for each of its pictures.</summary>
    public static string Hash(IEnumerable<(string Path, string Token)> pictures)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string path, string token) in pictures)
        {
            Append(path);
            Append(token);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        // With its length in front, so that no other texts run together to the same bytes.
        void Append(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
    }
}
