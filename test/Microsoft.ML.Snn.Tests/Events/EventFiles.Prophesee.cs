namespace Microsoft.ML.Snn.Tests.Events;

using static BitConverter;

internal static partial class EventFiles
{
    public static byte[] Dat(PolarityEvent[] events) =>
    [
        .. Ascii("% Data file containing CD events\n% Version 2\n% Width 128\n% Height 128\n"), 12, 8, .. DatData(events),
    ];

    /// <summary>As the ATIS and its software wrote it: 9 bits x, 8 bits y, polarity in bit 17.</summary>
    public static byte[] DatVersion1(PolarityEvent[] events) =>
    [
        .. Ascii("% Data file containing TD events.\n% Version 1\n% Date 2014-05-01 10:00:00\n"), 0, 8, .. DatVersion1Data(events),
    ];

    public static byte[] DatVersion1Data(PolarityEvent[] events) =>
    [
        .. events.SelectMany(e =>
            (byte[])[.. GetBytes((uint)e.TimeMicroseconds), .. GetBytes(e.X | (uint)e.Y << 9 | (e.IsOn ? 1u << 17 : 0))]),
    ];

    /// <summary>As the C++ of OpenEB writes it: keys in the order of the alphabet, and no line that says what the file is.</summary>
    public static byte[] DatOpenEB(PolarityEvent[] events) =>
    [
        .. Ascii("% Height 720\n% Version 2\n% Width 1280\n% date 2024-01-02 03:04:05\n% end\n"), 12, 8, .. DatData(events),
    ];

    public static byte[] DatData(PolarityEvent[] events) =>
    [
        .. events.SelectMany(e =>
            (byte[])[.. GetBytes((uint)e.TimeMicroseconds), .. GetBytes(e.X | (uint)e.Y << 14 | (e.IsOn ? 1u << 28 : 0))]),
    ];

    public static byte[] Evt2(PolarityEvent[] events) =>
        [.. Ascii("% date 2023-03-29 16:37:46\n% evt 2.0\n% end\n"), .. Evt2Words(events).SelectMany(GetBytes)];

    public static List<uint> Evt2Words(PolarityEvent[] events)
    {
        var words = new List<uint>();
        long? high = null;
        foreach (PolarityEvent e in events)
        {
            if (e.TimeMicroseconds >> 6 != high)
            {
                high = e.TimeMicroseconds >> 6;
                words.Add(8u << 28 | (uint)(high & 0xfff_ffff));
            }
            words.Add((e.IsOn ? 1u << 28 : 0) | Evt2Pixel(e));
        }
        return words;
    }

    /// <summary>With a vector for each run of neighboring pixels.</summary>
    public static byte[] Evt21(PolarityEvent[] events, string order) =>
    [
        .. Ascii($"% camera_integrator_name Prophesee\n% evt 2.1\n% format EVT21;endianness={order};height=720;width=1280\n% end\n"),
        .. Evt21Data(events, order == "legacy"),
    ];

    public static byte[] Evt21Data(PolarityEvent[] events, bool isLegacy)
    {
        var words = new List<(uint Upper, uint Lower)>();
        long? high = null;
        foreach ((PolarityEvent e, int run) in Runs(events, 32))
        {
            if (e.TimeMicroseconds >> 6 != high)
            {
                high = e.TimeMicroseconds >> 6;
                words.Add((8u << 28 | (uint)(high & 0xfff_ffff), 0));
            }
            words.Add(((e.IsOn ? 1u << 28 : 0) | Evt2Pixel(e), uint.MaxValue >> (32 - run)));
        }
        return [.. words.SelectMany(word => (byte[])(isLegacy
            ? [.. GetBytes(word.Upper), .. GetBytes(word.Lower)] : [.. GetBytes(word.Lower), .. GetBytes(word.Upper)]))];
    }

    /// <summary>With vectors for runs of neighboring pixels.</summary>
    public static byte[] Evt4(PolarityEvent[] events)
    {
        var words = new List<uint>();
        long? high = null;
        foreach ((PolarityEvent e, int run) in Runs(events, 32))
        {
            if (e.TimeMicroseconds >> 6 != high)
            {
                high = e.TimeMicroseconds >> 6;
                words.Add(0xeu << 28 | (uint)(high & 0xfff_ffff));
            }
            words.Add((run == 1 ? 0xau : 0xcu) + (e.IsOn ? 1u : 0) << 28 | Evt2Pixel(e));
            if (run > 1)
                words.Add(uint.MaxValue >> (32 - run));
        }
        return [.. Ascii("% date 2025-03-29 16:37:46\n% format EVT4;height=720;width=1280\n% end\n"), .. words.SelectMany(GetBytes)];
    }

    /// <summary>With vectors for runs of neighboring pixels.</summary>
    public static byte[] Evt3(PolarityEvent[] events)
    {
        var words = new List<int>();
        long? time = null;
        int? y = null;
        foreach ((PolarityEvent e, int run) in Runs(events, 2048))
        {
            if (e.TimeMicroseconds >> 12 != time >> 12)
                words.Add(0x8000 | (int)(e.TimeMicroseconds >> 12 & 0xfff));
            if (e.TimeMicroseconds != time)
                words.Add(0x6000 | (int)(e.TimeMicroseconds & 0xfff));
            if (e.Y != y)
                words.Add(e.Y);
            (time, y) = (e.TimeMicroseconds, e.Y);
            if (run == 1)
            {
                words.Add(0x2000 | (e.IsOn ? 0x800 : 0) | e.X);
            }
            else
            {
                words.Add(0x3000 | (e.IsOn ? 0x800 : 0) | e.X);
                for (int left = run; left > 0; left -= left > 8 ? 12 : 8)
                    words.Add(left > 8 ? 0x4000 | (1 << Math.Min(left, 12)) - 1 : 0x5000 | (1 << left) - 1);
            }
        }
        return Evt3Words(words);
    }

    public static byte[] Evt3Words(IEnumerable<int> words) =>
    [
        .. Ascii("% evt 3.0\n% format EVT3;height=720;width=1280\n% geometry 1280x720\n% end\n"),
        .. words.SelectMany(word => GetBytes((ushort)word)),
    ];

    private static uint Evt2Pixel(PolarityEvent e) => (uint)(e.TimeMicroseconds & 63) << 22 | (uint)e.X << 11 | e.Y;

    /// <summary>Runs of events of neighboring pixels at the same time, by their first event.</summary>
    private static IEnumerable<(PolarityEvent First, int Length)> Runs(PolarityEvent[] events, int longest)
    {
        for (int i = 0; i < events.Length;)
        {
            PolarityEvent e = events[i];
            int run = 1;
            while (run < longest && i + run < events.Length && events[i + run] == e with { X = (ushort)(e.X + run) })
                run++;
            yield return (e, run);
            i += run;
        }
    }
}
