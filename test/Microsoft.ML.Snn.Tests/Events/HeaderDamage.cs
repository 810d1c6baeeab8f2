namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>A damaged header must not turn a recording into another one without a word.</summary>
public class HeaderDamage
{
    public static TheoryData<string> AllKinds => [.. Kinds.Keys.Where(kind => kind is not ("NMnist" or "Npy" or "Npz"))];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_header_with_a_damaged_byte_gives_the_same_events_or_an_exception(string kind)
    {
        PolarityEvent[] events = Make(150);
        byte[] file = Kinds[kind](events);
        // The packets of AEDAT have headers of their own, which are tried up to the first event.
        int length = kind.StartsWith("Aedat4", StringComparison.Ordinal) ? 14 + 40 + 40 + 8 + 32 : kind == "Aedat31" ? Aedat31Header().Length : Kinds[kind]([]).Length;
        EventFileFormat? format = EventFileReader.FromStream(new MemoryStream(file)).Format;
        var wrong = new List<string>();
        for (int at = 0; at < length; at++)
        {
            byte original = file[at];
            foreach (byte damaged in (byte[])[.. Enumerable.Range(0, 8).Select(bit => (byte)(original ^ 1 << bit)), (byte)~original, 0])
            {
                file[at] = damaged;
                foreach (EventReadOptions options in (EventReadOptions[])[new(), new() { Format = format }])
                {
                    try
                    {
                        PolarityEvent[] read = Read(file, options).Events;
                        if (!read.SequenceEqual(events))
                            wrong.Add($"byte {at}, '{(char)original}' -> '{(char)damaged}' ({damaged:x2}) named {options.Format}: {read.Length} events");
                    }
                    catch (Exception e) when (e is InvalidDataException or NotSupportedException)
                    {
                    }
                }
            }
            file[at] = original;
        }
        Assert.Empty(wrong);
    }
}
