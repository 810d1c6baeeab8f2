using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using K4os.Compression.LZ4.Streams;

namespace Microsoft.ML.Snn.Tests.Events;

using static BitConverter;

/// <summary>Writes recordings in every format, plainly, from the formats' descriptions.</summary>
internal static partial class EventFiles
{
    /// <summary>A small file of each kind, all of the same events.</summary>
    public static Dictionary<string, Func<PolarityEvent[], byte[]>> Kinds { get; } = new()
    {
        ["NMnist"] = NMnist,
        ["Aedat2Davis"] = events => Aedat2(events, "eu.seebetter.ini.chips.davis.DAVIS240C"),
        ["Aedat2Dvs128"] = events => Aedat2(events, null),
        ["Aedat2Dvs640"] = events => Aedat2(events, "ch.unizh.ini.jaer.chip.retina.DVS640", Dvs640Address),
        ["Aedat31"] = events => Aedat31(events, packetSize: 40),
        ["Aedat4Plain"] = events => Aedat4(events, compression: 0),
        ["Aedat4Lz4"] = events => Aedat4(events, compression: 1),
        ["Aedat4Zstd"] = events => Aedat4(events, compression: 3),
        ["Dat"] = Dat,
        ["DatVersion1"] = DatVersion1,
        ["DatOpenEB"] = DatOpenEB,
        ["Evt2"] = Evt2,
        ["Evt21"] = events => Evt21(events, "little"),
        ["Evt21Legacy"] = events => Evt21(events, "legacy"),
        ["Evt3"] = Evt3,
        ["Evt4"] = Evt4,
        ["Npy"] = events => Npy(events),
        ["Npz"] = events => Npz(events),
        ["TextPlain"] = events => Text("# t x y p\n", events, ' ', "\n"),
        ["TextCsv"] = events => Text("timestamp,x,y,polarity\r\n", events, ',', "\r\n"),
    };

    /// <summary>Events that every format can hold: small pixels, times that never step back, some at once in neighboring pixels.</summary>
    public static PolarityEvent[] Make(int count, int seed = 1)
    {
        var random = new Random(seed);
        var events = new PolarityEvent[count];
        long time = 1000;
        for (int i = 0; i < count; i++)
        {
            if (i > 0 && random.Next(3) == 0 && events[i - 1].X < 127)
            {
                events[i] = events[i - 1] with { X = (ushort)(events[i - 1].X + 1) };
                continue;
            }
            time += random.Next(20);
            events[i] = new(time, (ushort)random.Next(128), (ushort)random.Next(128), random.Next(2) == 1);
        }
        return events;
    }

    public static byte[] NMnist(PolarityEvent[] events) =>
    [
        .. events.SelectMany(e => (byte[])
        [
            (byte)e.X, (byte)e.Y, (byte)((e.IsOn ? 0x80 : 0) | (int)(e.TimeMicroseconds >> 16)), (byte)(e.TimeMicroseconds >> 8), (byte)e.TimeMicroseconds,
        ]),
    ];

    public static byte[] Aedat2(PolarityEvent[] events, string? chip, Func<PolarityEvent, uint>? address = null)
    {
        string header = "#!AER-DAT2.0\r\n# This is a raw AE data file\r\n" + (chip is null ? "" : $"# AEChip: {chip}\r\n#<?xml?>\r\n");
        address ??= chip is null ? Dvs128Address : DavisAddress;
        return [.. Ascii(header), .. events.SelectMany(e => Aedat2Record(address(e), e.TimeMicroseconds))];
    }

    public static byte[] Aedat2Record(uint address, long time)
    {
        byte[] record = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(record, address);
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(4), (uint)time);
        return record;
    }

    public static uint DavisAddress(PolarityEvent e) => (uint)e.Y << 22 | (uint)e.X << 12 | (e.IsOn ? 1u << 11 : 0);

    public static uint Dvs128Address(PolarityEvent e) => (uint)e.Y << 8 | (uint)e.X << 1 | (e.IsOn ? 0u : 1);

    public static uint Dvs640Address(PolarityEvent e) => (uint)e.Y << 11 | (uint)e.X << 1 | (e.IsOn ? 1u : 0);

    public static byte[] Aedat31(PolarityEvent[] events, int packetSize)
    {
        IEnumerable<byte> packets = events.Chunk(packetSize).SelectMany(chunk =>
            Aedat31Packet(1, 8, [.. chunk.SelectMany(e => Aedat31Event(e, isValid: true))], chunk[0].TimeMicroseconds >> 31));
        return [.. Aedat31Header(), .. packets];
    }

    public static byte[] Aedat31Header(string format = "RAW") => Ascii(
        $"#!AER-DAT3.1\r\n#Format: {format}\r\n#Source 1: DVS128\r\n#Start-Time: 2019-01-01 00:00:00 (TZ+0000)\r\n#!END-HEADER\r\n");

    public static byte[] Aedat31Packet(short type, int eventSize, byte[] events, long overflow = 0, short source = 1, int? number = null)
    {
        int count = number ?? events.Length / eventSize;
        return
        [
            .. GetBytes(type), .. GetBytes(source), .. GetBytes(eventSize), .. GetBytes(4),
            .. GetBytes((int)overflow), .. GetBytes(count), .. GetBytes(count), .. GetBytes(count),
            .. events,
        ];
    }

    public static byte[] Aedat31Event(PolarityEvent e, bool isValid) =>
    [
        .. GetBytes((uint)e.X << 17 | (uint)e.Y << 2 | (e.IsOn ? 2u : 0) | (isValid ? 1u : 0)),
        .. GetBytes((int)(e.TimeMicroseconds & 0x7fff_ffff)),
    ];

    /// <summary>Packets of 50 events, each behind one of another stream.</summary>
    public static byte[] Aedat4(PolarityEvent[] events, int compression)
    {
        var packets = new List<(int Stream, byte[] Packet, int Elements)>();
        foreach (PolarityEvent[] chunk in events.Chunk(50))
        {
            packets.Add((2, Aedat4Packet(2, FlatBuffer("IMUS", []), compression), 0));
            packets.Add((0, Aedat4Packet(0, FlatBuffer("EVTS", chunk), compression), chunk.Length));
        }
        byte[] table = Aedat4Table([.. packets.Select(packet => (packet.Stream, packet.Packet.Length - 8, packet.Elements))]);
        return Aedat4File(compression, [.. packets.SelectMany(packet => packet.Packet)], Compress(table, compression));
    }

    public static byte[] Aedat4File(int compression, byte[] packets, byte[]? table = null, string? streams = null)
    {
        byte[] line = Ascii("#!AER-DAT4.0\r\n");
        byte[] header = Aedat4Header(compression, streams, size => (long)line.Length + size + packets.Length);
        return [.. line, .. header, .. packets, .. table ?? Ascii("a table of packets that cannot be read")];
    }

    /// <summary>The IOHeader, whose size comes first: its table has the compression, where the packets end, and a description.</summary>
    private static byte[] Aedat4Header(int compression, string? streams, Func<int, long> end)
    {
        // The vtable before 20, the table at 20, a string at 40.
        byte[] header = new byte[streams is null ? 4 + 36 : 4 + 44 + streams.Length + 1];
        TryWriteBytes(header, header.Length - 4);
        TryWriteBytes(header.AsSpan(4), 20);
        Ascii("IOHE").CopyTo(header, 8);
        short[] vtable = streams is null ? [8, 16, 4, 8] : [10, 20, 4, 8, 16];
        for (int i = 0; i < vtable.Length; i++)
            TryWriteBytes(header.AsSpan(4 + 20 - 2 * (vtable.Length - i)), vtable[i]);
        TryWriteBytes(header.AsSpan(4 + 20), 2 * vtable.Length);
        TryWriteBytes(header.AsSpan(4 + 24), compression);
        TryWriteBytes(header.AsSpan(4 + 28), end(header.Length));
        if (streams is not null)
        {
            TryWriteBytes(header.AsSpan(4 + 36), 40 - 36);
            TryWriteBytes(header.AsSpan(4 + 40), streams.Length);
            Ascii(streams).CopyTo(header, 4 + 44);
        }
        return header;
    }

    /// <summary>The table of packets: a vector of tables, all with one vtable of five fields.</summary>
    public static byte[] Aedat4Table((int Stream, int Size, int Elements)[] packets)
    {
        const int Vector = 24, EntrySize = 48;
        int vtable = Vector + 4 + 4 * packets.Length, first = vtable + 16;
        byte[] buffer = new byte[4 + first + EntrySize * packets.Length];
        Span<byte> content = buffer.AsSpan(4);
        TryWriteBytes(buffer, buffer.Length - 4);
        TryWriteBytes(content, 16);
        Ascii("FTAB").CopyTo(buffer, 8);
        WriteShorts(content[8..], 6, 8, 4);
        TryWriteBytes(content[16..], 8);
        TryWriteBytes(content[20..], Vector - 20);
        TryWriteBytes(content[Vector..], packets.Length);
        // Byte offset, packet, elements, first and last time.
        WriteShorts(content[vtable..], 14, EntrySize, 16, 4, 24, 32, 40);
        for (int i = 0; i < packets.Length; i++)
        {
            int entry = first + EntrySize * i;
            TryWriteBytes(content[(Vector + 4 + 4 * i)..], entry - (Vector + 4 + 4 * i));
            TryWriteBytes(content[entry..], entry - vtable);
            TryWriteBytes(content[(entry + 4)..], packets[i].Stream);
            TryWriteBytes(content[(entry + 8)..], packets[i].Size);
            TryWriteBytes(content[(entry + 24)..], (long)packets[i].Elements);
        }
        return buffer;

        static void WriteShorts(Span<byte> target, params short[] values)
        {
            for (int i = 0; i < values.Length; i++)
                TryWriteBytes(target[(2 * i)..], values[i]);
        }
    }

    public static byte[] Aedat4Packet(int stream, byte[] content, int compression)
    {
        byte[] packet = Compress(content, compression);
        return [.. GetBytes(stream), .. GetBytes(packet.Length), .. packet];
    }

    /// <summary>A FlatBuffer behind its size, whose table has one field, a vector of events.</summary>
    public static byte[] FlatBuffer(string identifier, PolarityEvent[] events)
    {
        byte[] buffer = new byte[4 + 28 + 16 * events.Length];
        TryWriteBytes(buffer, buffer.Length - 4);
        TryWriteBytes(buffer.AsSpan(4), 14);
        Ascii(identifier).CopyTo(buffer, 8);
        short[] vtable = [6, 8, 4];
        for (int i = 0; i < vtable.Length; i++)
            TryWriteBytes(buffer.AsSpan(4 + 8 + 2 * i), vtable[i]);
        TryWriteBytes(buffer.AsSpan(4 + 14), 6);
        TryWriteBytes(buffer.AsSpan(4 + 18), 6);
        TryWriteBytes(buffer.AsSpan(4 + 24), events.Length);
        for (int i = 0; i < events.Length; i++)
        {
            Span<byte> element = buffer.AsSpan(4 + 28 + 16 * i);
            TryWriteBytes(element, events[i].TimeMicroseconds);
            TryWriteBytes(element[8..], events[i].X);
            TryWriteBytes(element[10..], events[i].Y);
            element[12] = events[i].IsOn ? (byte)1 : (byte)0;
        }
        return buffer;
    }

    /// <summary>A structured array of t int64, x int16, y int16, p uint8 and three bytes of padding.</summary>
    public static byte[] Npy(PolarityEvent[] events, long? statedCount = null) => Npy(
        "[('t', '<i8'), ('x', '<i2'), ('y', '<i2'), ('p', '|u1'), ('', '|V3')]", $"({statedCount ?? events.Length},)",
        [
            .. events.SelectMany(e => (byte[])[.. GetBytes(e.TimeMicroseconds), .. GetBytes(e.X), .. GetBytes(e.Y), e.IsOn ? (byte)1 : (byte)0, 0, 0, 0]),
        ]);

    public static byte[] Npy(string descr, string shape, byte[] data, bool isFortranOrder = false)
    {
        string text = $"{{'descr': {(descr[0] == '[' ? descr : $"'{descr}'")}, 'fortran_order': {isFortranOrder}, 'shape': {shape}, }}";
        text = text.PadRight((10 + text.Length + 1 + 63) / 64 * 64 - 10 - 1) + "\n";
        return [0x93, .. Ascii("NUMPY"), 1, 0, .. GetBytes((ushort)text.Length), .. Ascii(text), .. data];
    }

    /// <summary>Four arrays of int64.</summary>
    public static byte[] Npz(PolarityEvent[] events, long? statedCount = null)
    {
        return Zip(
            ("t.npy", Column(e => e.TimeMicroseconds)), ("x.npy", Column(e => e.X)), ("y.npy", Column(e => e.Y)), ("p.npy", Column(e => e.IsOn ? 1 : 0)));

        byte[] Column(Func<PolarityEvent, long> part) => Npy("<i8", $"({statedCount ?? events.Length},)", Longs(events.Select(part)));
    }

    /// <summary>Lines of t, x, y and p below a header.</summary>
    public static byte[] Text(string header, PolarityEvent[] events, char separator, string lineEnd) => Ascii(header + string.Concat(
        events.Select(e => string.Join(separator, e.TimeMicroseconds, e.X, e.Y, e.IsOn ? 1 : 0) + lineEnd)));

    public static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name);
                // The same bytes every time: the fuzz tests are to repeat.
                entry.LastWriteTime = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream target = entry.Open();
                target.Write(content);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Longs(IEnumerable<long> numbers) => [.. numbers.SelectMany(GetBytes)];

    public static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    public static (PolarityEvent[] Events, string? Damage) Read(byte[] file, EventReadOptions? options = null)
    {
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file), options);
        PolarityEvent[] events = EventRecording.Read(reader).Events.ToArray();
        return (events, reader.Damage);
    }

    private static byte[] Compress(byte[] content, int compression) => compression switch
    {
        0 => content,
        1 => CompressLz4(content),
        _ => new ZstdSharp.Compressor().Wrap(content).ToArray(),
    };

    private static byte[] CompressLz4(byte[] content)
    {
        using var target = new MemoryStream();
        using (LZ4EncoderStream stream = LZ4Stream.Encode(target, leaveOpen: true))
            stream.Write(content);
        return target.ToArray();
    }
}
