using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace PaperFigures.Results;

/// <summary>
/// Keeps what was computed, a CSV file for each network, under a name that holds a hash of everything that it depends on: the next run
/// finds it, and one with other settings does not.
/// </summary>
/// <param name="folder">Where to keep it.</param>
/// <param name="pictures">What it was measured on.</param>
/// <param name="write">Takes a line about each result.</param>
internal sealed class ResultStore(string folder, string pictures, Action<string> write)
{
    // To be raised with any change of what is computed.
    private const int _version = 1;

    /// <summary>Number of results that were computed rather than found.</summary>
    public int Computed { get; private set; }

    /// <param name="name">What it is, short.</param>
    /// <param name="key">All that it depends on beside the pictures.</param>
    /// <param name="compute">Computes it.</param>
    public Table Get(string name, string key, Func<Table> compute)
    {
        string identity = $"{name}; {key}; {pictures}; version {_version}";
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..10];
        string path = Path.Combine(folder, $"{name.Replace(' ', '-')}-{hash}.csv");
        if (File.Exists(path))
            return Table.Load(path);
        var watch = Stopwatch.StartNew();
        Table table = compute();
        Directory.CreateDirectory(folder);
        table.Save(path, identity);
        Computed++;
        write($"  {name}: {watch.Elapsed.TotalSeconds:F1} s");
        return table;
    }
}
