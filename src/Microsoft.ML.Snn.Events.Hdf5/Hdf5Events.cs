using Microsoft.ML.Snn.Events.Formats;
using Microsoft.ML.Snn.Events.Hdf5.Decoding;
using Microsoft.ML.Snn.Events.Hdf5.Files;
using PureHDF.Filters;

namespace Microsoft.ML.Snn;

/// <summary>Recordings in HDF5 files: <see cref="EventFileFormat.Hdf5"/>.</summary>
/// <remarks>
/// Read are, chunk by chunk, the dataset <c>CD/events</c> of Prophesee's Metavision, also in their ECF compression; datasets named t, x, y
/// and p in a group <c>events</c> or at the top, as of DSEC, whose <c>t_offset</c> is added; and, where
/// <see cref="EventReadOptions.ArrayName"/> names them, other groups and datasets of that kind, and tables of four columns, as of MVSEC.
/// <para>
/// Files are read by PureHDF, which knows the compressions deflate, shuffle, N-bit and scale-offset; an app can register others with it,
/// for instance from the package PureHDF.Filters.Blosc2. PureHDF decompresses a chunk whole, whatever it grows to: do not open files of
/// strangers.
/// </para>
/// <code>
/// Hdf5Events.Register();
/// EventRecording recording = EventRecording.Load("recording.hdf5");
/// </code>
/// </remarks>
public static class Hdf5Events
{
    /// <summary>
    /// Lets everything that reads recordings read HDF5 files too: <see cref="EventFileReader"/>, <see cref="EventRecording.Load"/>, and
    /// LoadEvents in pipelines, trained or loaded. To be called once in each process, for instance when the app starts; more calls do no
    /// harm. Registers a decoder of ECF (filter 36559) with PureHDF.
    /// </summary>
    public static void Register()
    {
        H5Filter.Register(new EcfFilter());
        Hdf5Registration.Register(Hdf5Layout.Open);
    }
}
