namespace Microsoft.ML.Snn;

/// <summary>How <see cref="EventFileReader"/> reads a recording.</summary>
/// <exception cref="ArgumentException">An option is out of range; its name is the exception's parameter.</exception>
public sealed record EventReadOptions
{
    /// <summary>The format; null (default) to recognize it by content.</summary>
    public EventFileFormat? Format
    {
        get;
        init => field = value is not { } format || Enum.IsDefined(format)
            ? value : throw new ArgumentOutOfRangeException(nameof(Format), value, "It is not a format of event recordings.");
    }

    /// <summary>
    /// The camera of an AEDAT 2.0 recording, which tells what its addresses mean; it goes before the camera that the file's header names.
    /// Null (default): the header's camera, or a DVS128 where the header names none and all addresses can be a DVS128's. Not used by
    /// other formats.
    /// </summary>
    public EventCameraModel? Camera
    {
        get;
        init => field = value is not { } camera || Enum.IsDefined(camera)
            ? value : throw new ArgumentOutOfRangeException(nameof(Camera), value, "It is not a defined EventCameraModel.");
    }

    /// <summary>What to do where the recording is damaged. Default <see cref="EventDamagePolicy.Throw"/>.</summary>
    public EventDamagePolicy OnDamage
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(OnDamage), value, "It is not a defined EventDamagePolicy.");
    }

    /// <summary>
    /// How far the clock may step back from one event to the next before that is damage; 0 or more. Default one millisecond: the read-out
    /// of some cameras hands events out slightly out of order.
    /// </summary>
    public TimeSpan MaxBackwardStep { get; init => field = NotNegative(value, nameof(MaxBackwardStep)); } = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long a camera may be silent between one event and the next before that is damage; 0 or more. Default ten minutes.
    /// </summary>
    public TimeSpan MaxForwardStep { get; init => field = NotNegative(value, nameof(MaxForwardStep)); } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The most events that a recording may have, at least 1; one of more is refused. Null (default): as many as there are. A guard where
    /// files come from strangers: a few kilobytes of a compressed one can become gigabytes.
    /// </summary>
    public long? MaxEvents
    {
        get;
        init => field = value is null or >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(MaxEvents), value, "The number of events must be at least 1.");
    }

    /// <summary>
    /// The unit of times in NumPy arrays, text and HDF5 files; fractions are rounded to the nearest microsecond. Null (default): times are
    /// whole microseconds, and others are refused. Not used where the file has the unit itself, as NumPy's timedelta64 and datetime64 do.
    /// </summary>
    public EventTimeUnit? TimeUnit
    {
        get;
        init => field = value is not { } unit || Enum.IsDefined(unit)
            ? value : throw new ArgumentOutOfRangeException(nameof(TimeUnit), value, "It is not a defined EventTimeUnit.");
    }

    /// <summary>
    /// What the columns of a table without names are, in NumPy arrays, text and HDF5 files: the letters t, x, y and p in the table's order.
    /// Null (default): "txyp"; where an array has ON events and another OFF events, "yxt" as in ES-ImageNet, and p is left out of account.
    /// Not used where columns, fields or arrays have names.
    /// </summary>
    public string? Columns
    {
        get;
        init => field = value is null || value.Order().SequenceEqual("ptxy")
            ? value : throw new ArgumentException($"The columns '{value}' must hold each of the letters txyp once.", nameof(Columns));
    }

    /// <summary>
    /// The array of a NumPy archive (.npz), or the path of the group or dataset of an HDF5 file, that holds the events. Null (default):
    /// told by the names in the file, where they leave no doubt.
    /// </summary>
    public string? ArrayName
    {
        get;
        init => field = value is not ""
            ? value : throw new ArgumentException("The name must not be empty; null for no name.", nameof(ArrayName));
    }

    private static TimeSpan NotNegative(TimeSpan value, string option) => value >= TimeSpan.Zero
        ? value : throw new ArgumentOutOfRangeException(option, value, "The duration must be 0 or more.");
}
