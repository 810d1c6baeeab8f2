using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>
/// The results of many trainings in a folder, so that a long comparison can be cut short, go on, and be shared by several processes.
/// </summary>
internal sealed class VariantResults
{
    private readonly string _folder;

    public VariantResults(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
    }

    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>The zip of a run's network.</summary>
    public string NetworkOf(string key, int seed) => PathOf($"{key}.{seed}.zip");

    /// <summary>Makes a run, unless it was made or another process is at it.</summary>
    /// <param name="key">Of the variant.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="train">Gives the accuracy.</param>
    public void Make(string key, int seed, Func<double> train)
    {
        string path = PathOf($"{key}.{seed}");
        using FileStream? claim = Claim(path);
        if (claim is null || File.Exists(path + ".txt"))
            return;
        var clock = Stopwatch.StartNew();
        double accuracy = train();
        File.WriteAllText(path + ".txt", accuracy.ToString("R", CultureInfo.InvariantCulture));
        Console.WriteLine($"{key} seed {seed}: {accuracy:P1}, {clock.Elapsed.TotalMinutes:F1} min");
    }

    /// <summary>Makes what several runs need, once: another process that is at it is waited for.</summary>
    public void MakeShared(string path, Action make)
    {
        FileStream? claim;
        while ((claim = Claim(path)) is null)
            Thread.Sleep(1000);
        using (claim)
        {
            if (!File.Exists(path))
                make();
        }
    }

    /// <summary>The accuracies of a variant's runs that were made.</summary>
    public double[] Of(string key, int seeds) =>
        [.. Enumerable.Range(1, seeds).Select(seed => PathOf($"{key}.{seed}.txt")).Where(File.Exists)
            .Select(path => double.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture))];

    /// <summary>Mean and deviation of a sample; no deviation of one value.</summary>
    public static string Describe(double[] values)
    {
        double mean = values.Average();
        double deviation = values.Length < 2
            ? double.NaN
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return $"{mean,9:P1} {(double.IsNaN(deviation) ? "" : $"{deviation:P1}"),10} {values.Length,5}";
    }

    private static FileStream? Claim(string path)
    {
        try
        {
            return new FileStream(
                path + ".claim", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
