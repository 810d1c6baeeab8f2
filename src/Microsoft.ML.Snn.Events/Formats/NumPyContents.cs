using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Finds out which arrays of an .npz archive hold the events.</summary>
internal static class NumPyContents
{
    private const string On = "pos", Off = "neg", Frames = "frames";

    public static EventDecoder Open(NumPyArchive archive, EventFileInput input, EventReadOptions options)
    {
        var layout = new NumPyLayout(options);
        string[] arrays = [.. archive.Names];
        if (options.ArrayName is { } wanted)
        {
            return OpenOne(Find(wanted) ?? arrays.FirstOrDefault(array => array == wanted) ?? throw Refuse($"has no array '{wanted}'"));
        }
        if (FindParts(arrays, input.Name) is { Count: 4 } parts)
            return new NumPyDecoder(input, layout.Find(archive, parts));
        if (arrays.Length == 1 && !IsFrames(arrays[0]))
            return OpenOne(arrays[0]);
        if (Find(On) is { } on && Find(Off) is { } off)
            return new MergedDecoder(input, OpenOfOnePolarity(on, isOn: true), OpenOfOnePolarity(off, isOn: false));
        string[] candidates = [.. arrays.Where(array => HasNamedParts(archive, array))];
        if (candidates.Length == 1)
            return OpenOne(candidates[0]);
        throw Refuse(candidates.Length > 1 ? $"has events in {string.Join(" and in ", candidates.Select(NameOf))}"
            : arrays.Any(IsFrames) ? "holds frames, which are events counted already and cannot be taken apart again"
            : "has no array with t, x, y and p, nor one array for each of them");

        string? Find(string name) => arrays.FirstOrDefault(array => NameOf(array) == name);

        EventDecoder OpenOne(string array) =>
            new NumPyDecoder(input, layout.Find(archive.Open(array, 0), position => archive.Open(array, position)));

        NumPyDecoder OpenOfOnePolarity(string array, bool isOn) =>
            new(input, layout.FindOfOnePolarity(archive.Open(array, 0), position => archive.Open(array, position)), isOn);

        NotSupportedException Refuse(string what) => new(
            $"{input.Name} {what}. Its arrays are {string.Join(", ", arrays.Select(NameOf))}; one that holds all events can be named by "
            + $"the option {nameof(EventReadOptions.ArrayName)}.");
    }

    private static string NameOf(string array) => Path.ChangeExtension(array, null);

    private static bool IsFrames(string array) => NameOf(array) == Frames;

    private static Dictionary<EventPart, string> FindParts(string[] arrays, string file)
    {
        var parts = new Dictionary<EventPart, string>();
        foreach (string array in arrays)
        {
            if (EventPartNames.Find(Path.GetFileNameWithoutExtension(array)) is { } part && !parts.TryAdd(part, array))
                throw new NotSupportedException($"{file}: both {parts[part]} and {array} could hold the same part of the events.");
        }
        return parts;
    }

    /// <summary>Arrays of other kinds, labels for instance, may be what cannot be read.</summary>
    private static bool HasNamedParts(NumPyArchive archive, string array)
    {
        using EventFileInput input = archive.Open(array, 0);
        try
        {
            return NumPyLayout.HasNamedParts(NumPyHeader.Read(input));
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}
