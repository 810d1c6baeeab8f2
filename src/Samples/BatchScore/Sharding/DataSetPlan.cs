namespace BatchScore.Sharding;

/// <summary>What all shards of a data set must agree on; the first to start writes it.</summary>
internal sealed record DataSetPlan
{
    public required int Shards { get; init; }

    /// <summary>Parts that the data set has when it is whole.</summary>
    public required int Units { get; init; }

    /// <summary>A hash of all units' identities.</summary>
    public required string Input { get; init; }

    /// <summary>A hash of the model's zip.</summary>
    public required string Model { get; init; }

    /// <summary>What else decides the rows.</summary>
    public required string Settings { get; init; }

    /// <summary>The names of the classes in the order of the scores.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>What another plan differs in and what to do, in words; null where it does not.</summary>
    public string? Misfit(DataSetPlan other) =>
        ShardsMisfit(other.Shards) is { } shards ? shards
        : Model != other.Model ? "was begun with another model. Give that one"
        : Settings != other.Settings ? $"was begun with other settings ({Settings}; now {other.Settings}). Give those"
        : Units != other.Units || Input != other.Input
            ? $"was begun with other input, of {Units} parts instead of {other.Units}. Put the same files there, under the same names"
        : null;

    /// <summary>The same for the number of shards alone.</summary>
    public string? ShardsMisfit(int shards) => Shards == shards ? null
        : $"is one of {Shards} shards, and this run is one of {shards}. Give --shard i/{Shards}";
}
