using System.Collections.Frozen;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// What the bits of an AEDAT 2.0 address mean: those of <c>Other</c> mark what is no polarity event, those of <c>Unused</c> are 0 in each.
/// </summary>
internal sealed record Aedat2Address(uint Other, uint Unused, int XShift, uint XMask, int YShift, uint YMask, uint Polarity, uint On)
{
    /// <summary>
    /// Bit 15 is an external event, bit 31 jAER's mark of a special one. ON is a cleared bit 0: so write jAER's DVS128 class and the camera
    /// itself, though the format's page says the opposite.
    /// </summary>
    private static readonly Aedat2Address _dvs128 =
        new(0x8000_8000, 0x7fff_0000, XShift: 1, XMask: 0x7f, YShift: 8, YMask: 0x7f, Polarity: 1, On: 0);

    /// <summary>Bit 31 is a frame or inertial sample, bit 10 a special event.</summary>
    private static readonly Aedat2Address _davis =
        new(0x8000_0400, 0x3ff, XShift: 12, XMask: 0x3ff, YShift: 22, YMask: 0x1ff, Polarity: 0x800, On: 0x800);

    private static readonly Aedat2Address _dvs640 =
        new(0, 0xffe0_0000, XShift: 1, XMask: 0x3ff, YShift: 11, YMask: 0x3ff, Polarity: 1, On: 1);

    private static readonly Aedat2Address _dvs1280 =
        new(0, 0xffc0_0000, XShift: 1, XMask: 0x7ff, YShift: 12, YMask: 0x3ff, Polarity: 1, On: 1);

    /// <summary>
    /// The names of jAER's classes, the older ones among them. Stereo pairs and rigs of several cameras have other layouts.
    /// </summary>
    private static readonly FrozenDictionary<string, EventCameraModel> _chips = new Dictionary<string, EventCameraModel>
    {
        ["DVS128"] = EventCameraModel.Dvs128,
        ["Tmpdiff128"] = EventCameraModel.Dvs128,
        ["Davis128"] = EventCameraModel.Davis128,
        ["Davis128Color"] = EventCameraModel.Davis128,
        ["Davis208PixelParade"] = EventCameraModel.Davis208,
        ["DAVIS240A"] = EventCameraModel.Davis240,
        ["DAVIS240B"] = EventCameraModel.Davis240,
        ["DAVIS240C"] = EventCameraModel.Davis240,
        ["DVS240"] = EventCameraModel.Davis240,
        ["SBret10"] = EventCameraModel.Davis240,
        ["SBret20"] = EventCameraModel.Davis240,
        ["SBret21"] = EventCameraModel.Davis240,
        ["Davis346A"] = EventCameraModel.Davis346,
        ["Davis346B"] = EventCameraModel.Davis346,
        ["Davis346BColor"] = EventCameraModel.Davis346,
        ["Davis346blue"] = EventCameraModel.Davis346,
        ["Davis346cBSI"] = EventCameraModel.Davis346,
        ["Davis346mini"] = EventCameraModel.Davis346,
        ["Davis346red"] = EventCameraModel.Davis346,
        ["Davis346redColor"] = EventCameraModel.Davis346,
        ["Davis346Zynq"] = EventCameraModel.Davis346,
        ["Davis640"] = EventCameraModel.Davis640,
        ["Davis640Color"] = EventCameraModel.Davis640,
        ["CDAVIS"] = EventCameraModel.Davis640,
        ["DVXplorer"] = EventCameraModel.DVXplorer,
        ["DVS640"] = EventCameraModel.Dvs640,
        ["DVS1280x720SD"] = EventCameraModel.Dvs1280x720,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> KnownChips => _chips.Keys.Order(StringComparer.OrdinalIgnoreCase);

    /// <param name="chip">The name of jAER's class, such as eu.seebetter.ini.chips.davis.DAVIS240C.</param>
    public static EventCameraModel? CameraOf(string chip) =>
        _chips.TryGetValue(chip[(chip.LastIndexOf('.') + 1)..], out EventCameraModel camera) ? camera : null;

    public static Aedat2Address Of(EventCameraModel camera) => camera switch
    {
        EventCameraModel.Dvs128 => _dvs128,
        // jAER turns the polarity of this class round.
        EventCameraModel.Davis208 => _davis with { On = 0 },
        EventCameraModel.Dvs640 => _dvs640,
        EventCameraModel.Dvs1280x720 => _dvs1280,
        _ => _davis,
    };

    /// <summary>Whether it can be an address of the camera.</summary>
    public bool Fits(uint address) => (address & Other) != 0 || (address & Unused) == 0;
}
