namespace ServiceAttack;

/// <summary>How hard and how long to attack.</summary>
/// <param name="Duration">How long each attack lasts.</param>
/// <param name="Rest">How long to wait at the end, for memory to come back.</param>
/// <param name="Size">A factor on numbers of connections, 0 to 1.</param>
internal sealed record AttackPlan(TimeSpan Duration, TimeSpan Rest, double Size)
{
    /// <summary>Some five minutes.</summary>
    public static AttackPlan Full { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(3), Size: 1);

    /// <summary>Some seconds, for tests.</summary>
    public static AttackPlan Small { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), Size: 0.25);

    public int Scale(int number) => Math.Max(1, (int)(number * Size));
}
