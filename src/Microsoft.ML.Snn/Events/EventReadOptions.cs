namespace Microsoft.ML.Snn;

/// <summary>How <see cref="EventFileReader"/> reads a recording.</summary>
public sealed record EventReadOptions
{
    /// <summary>The format; null (default) to recognize it by content.</summary>
    public EventFileFormat? Format { get; init; }

    /// <summary>What to do where the recording is damaged. Default <see cref="EventDamagePolicy.Throw"/>.</summary>
    public EventDamagePolicy OnDamage { get; init; } = EventDamagePolicy.Throw;

    /// <summary>
    /// How far the clock may step back from one event to the next before that is damage; 0 or more. Default one millisecond: the read-out
    /// of some cameras hands events out slightly out of order.
    /// </summary>
    public TimeSpan MaxBackwardStep { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long a camera may be silent between one event and the next before that is damage; 0 or more. Default ten minutes.
    /// </summary>
    public TimeSpan MaxForwardStep { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// What the columns of a NumPy table of four columns are: the letters t, x, y and p in the table's order. Default "txyp". Not used
    /// where the array's fields or the archive's arrays have names.
    /// </summary>
    public string NumPyColumns { get; init; } = "txyp";

    internal void Validate()
    {
        if (Format is { } format && !Enum.IsDefined(format))
            throw new ArgumentException($"{nameof(Format)}: {format} is not a format of event recordings.");
        if (!Enum.IsDefined(OnDamage))
            throw new ArgumentException($"{nameof(OnDamage)}: {OnDamage} is not a policy.");
        if (MaxBackwardStep < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(MaxBackwardStep)} is {MaxBackwardStep}; it must be 0 or more.");
        if (MaxForwardStep < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(MaxForwardStep)} is {MaxForwardStep}; it must be 0 or more.");
        if (NumPyColumns is null || !NumPyColumns.Order().SequenceEqual("ptxy"))
            throw new ArgumentException($"{nameof(NumPyColumns)} is '{NumPyColumns}'; it must hold each of the letters txyp once.");
    }
}
