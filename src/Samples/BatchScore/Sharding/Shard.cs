using System.Globalization;

namespace BatchScore.Sharding;

/// <summary>
/// The share of a run: of the units, those whose number leaves <paramref name="Index"/> when divided by the number of shards.
/// </summary>
/// <param name="Index">0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">The number of shards.</param>
internal readonly record struct Shard(int Index, int Count)
{
    // So many names are looked for at the end of each.
    private const int MostShards = 1_000_000;

    /// <summary>Where schedulers say which task of an array a process is: Kubernetes' indexed jobs, Slurm's job arrays, Open MPI.</summary>
    public static readonly IReadOnlyList<string> Variables = ["JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "OMPI_COMM_WORLD_RANK"];

    /// <summary>Whether a unit is of this shard. It does not depend on what the other shards do.</summary>
    public bool Has(int unit) => unit % Count == Index;

    /// <summary>Reads <c>i/n</c>, or <c>n</c> alone, where i is in one of the <see cref="Variables"/>.</summary>
    /// <param name="text">The option's value.</param>
    /// <param name="variable">Gives a variable of the environment.</param>
    /// <exception cref="UserException">It is no such value, or no variable, or two that differ, say i.</exception>
    public static Shard Parse(string text, Func<string, string?> variable)
    {
        string[] parts = text.Split('/');
        if (parts.Length is < 1 or > 2 || !TryParse(parts[^1], out int count) || count is < 1 or > MostShards)
            throw Refused($"'{text}' is no shard");
        if (parts.Length == 2)
        {
            return TryParse(parts[0], out int given) && given < count ? new(given, count)
                : throw Refused($"'{parts[0]}' is none of {count} shards, which are 0 to {count - 1}");
        }
        string[] set = [.. Variables.Where(name => !string.IsNullOrEmpty(variable(name)))];
        if (set.Length == 0)
            throw Refused($"{text} shards are given, and none of {string.Join(", ", Variables)} says which this one is");
        if (set.Select(variable).Distinct().Count() > 1)
            throw Refused($"{string.Join(" and ", set.Select(name => $"{name}={variable(name)}"))} do not agree on which shard this is");
        return TryParse(variable(set[0])!, out int index) && index < count ? new(index, count) : throw Refused(
            $"{set[0]} is {variable(set[0])}, and {count} shards are 0 to {count - 1}: let the array of tasks begin at 0 and have "
            + $"{count} of them, or give another number of shards");
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static UserException Refused(string reason) => new(
        $"{reason}. Write --shard 3/8 for the fourth of 8 shards, or --shard 8 under a scheduler that numbers its tasks from 0.");
}
