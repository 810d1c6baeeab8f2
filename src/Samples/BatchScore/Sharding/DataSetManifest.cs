namespace BatchScore.Sharding;

/// <summary>Parts that are whole: those of one shard, or all of a data set.</summary>
internal sealed record DataSetManifest
{
    public required DataSetPlan Plan { get; init; }

    /// <summary>In the order of the rows.</summary>
    public required IReadOnlyList<DataSetPart> Parts { get; init; }
}

/// <summary>A part of a data set.</summary>
/// <param name="Unit">Its number; the rows of a lower one come first.</param>
/// <param name="File">The name of its file, which has the SHA-256 of its bytes in it.</param>
/// <param name="Rows">Number of its rows.</param>
internal sealed record DataSetPart(int Unit, string File, int Rows);
