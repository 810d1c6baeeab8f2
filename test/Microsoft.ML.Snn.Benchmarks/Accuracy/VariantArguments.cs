namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>What a comparison of variants is asked for.</summary>
/// <param name="IsQuick">Whether a short form will do.</param>
/// <param name="Folder">Where results are kept.</param>
/// <param name="Seeds">Runs of each variant.</param>
/// <param name="Trains">Whether runs that are missing are made.</param>
/// <param name="Writes">Whether the table is written.</param>
/// <param name="Keys">The variants that are asked for; empty for all.</param>
internal sealed record VariantArguments(
    bool IsQuick, string Folder, int Seeds, bool Trains, bool Writes, IReadOnlyCollection<string> Keys)
{
    /// <summary>Null, with a message, where they cannot be understood.</summary>
    public static VariantArguments? Parse(string command, string[] arguments, int seeds, string[] keys)
    {
        bool isQuick = false, trains = true, writes = true;
        string folder = Path.Combine("artifacts", command);
        int? given = null;
        var chosen = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    isQuick = true;
                    break;
                case "--train":
                    writes = false;
                    break;
                case "--table":
                    trains = false;
                    break;
                case "--results" when i + 1 < arguments.Length:
                    folder = arguments[++i];
                    break;
                case "--seeds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out int number) && number is > 0 and < 100:
                    (given, i) = (number, i + 1);
                    break;
                case string key when keys.Contains(key):
                    chosen.Add(key);
                    break;
                default:
                    Console.Error.WriteLine(
                        $"Usage: {command} [--quick] [--results <folder>] [--seeds <number>] [--train | --table] [<variant> ...]");
                    Console.Error.WriteLine($"Variants: {string.Join(", ", keys)}");
                    return null;
            }
        }
        return new(isQuick, folder, given ?? (isQuick ? 1 : seeds), trains, writes, chosen);
    }

    public bool Has(string key) => Keys.Count == 0 || Keys.Contains(key);
}
