using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Events.Hdf5;

/// <summary>Files that HDF5's own library writes, by Python's h5py, where it is installed.</summary>
[Slow]
[Collection(nameof(Hdf5Files))]
public sealed class FilesOfH5py : IDisposable
{
    private const string Script = """
        import h5py, numpy as np, sys
        folder = sys.argv[1] + '/'
        table = np.loadtxt(folder + 'events.txt', dtype='i8')
        t, x, y, p = table.T
        events = np.zeros(len(t), dtype=np.dtype([('x', '<u2'), ('y', '<u2'), ('p', '<i2'), ('t', '<i8')], align=True))
        events['t'], events['x'], events['y'], events['p'] = t, x, y, p
        def write(name, dataset='CD/events', libver='earliest', **options):
            with h5py.File(folder + name, 'w', libver=libver) as f:
                f.create_dataset(dataset, data=events, **options)
        write('contiguous')
        write('growing', maxshape=(None,), chunks=(4096,), compression='gzip')
        write('filtered', maxshape=(None,), chunks=(1000,), compression='gzip', shuffle=True, fletcher32=True)
        write('latest', libver='latest', maxshape=(None,), chunks=(4096,), compression='gzip')
        write('latest_fixed', libver='latest', chunks=(4096,), compression='gzip')
        write('lzf', chunks=(4096,), compression='lzf')
        with h5py.File(folder + 'parts', 'w') as f:
            f['events/t'], f['events/x'] = t.astype('>i8'), x.astype('>u2')
            f['events/y'], f['events/p'] = y.astype('>f4'), p.astype(bool)
        big = np.dtype([('x', '>u2'), ('y', '<u2'), ('p', '>i2'), ('t', '>i8')])
        with h5py.File(folder + 'big', 'w') as f:
            f.create_dataset('CD/events', data=events.astype(big), chunks=(4096,), compression='gzip')
        with h5py.File(folder + 'table', 'w') as f:
            f.create_dataset('events', data=np.stack([t / 1e6, x, y, p], 1).astype('>f8'), chunks=(700, 4), compression='gzip')
        events.tofile(folder + 'outside')
        with h5py.File(folder + 'external', 'w') as f:
            f.create_dataset('CD/events', shape=events.shape, dtype=events.dtype, external=[(folder + 'outside', 0, events.nbytes)])
        with h5py.File(folder + 'link', 'w') as f:
            f['CD'] = h5py.ExternalLink(folder + 'contiguous', '/CD')
        layout = h5py.VirtualLayout(shape=events.shape, dtype=events.dtype)
        layout[:] = h5py.VirtualSource(folder + 'contiguous', 'CD/events', shape=events.shape)
        with h5py.File(folder + 'virtual', 'w', libver='latest') as f:
            f.create_virtual_dataset('CD/events', layout)
        with h5py.File(folder + 'itself', 'w') as f:
            f['events'] = h5py.SoftLink('/events')
        with h5py.File(folder + 'each_other', 'w') as f:
            f['events'], f['b'] = h5py.SoftLink('/b'), h5py.SoftLink('/events')
        with h5py.File(folder + 'group', 'w') as f:
            group = f.create_group('events')
            group['same'], group['x'] = group, h5py.SoftLink('/events/x')
        """;

    private static readonly PolarityEvent[] _events = EventFiles.Make(10_000);
    private readonly RecordingFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void They_are_read_or_refused_for_what_they_are()
    {
        _folder.Write("events.txt", EventFiles.Text("", _events, ' ', "\n"));
        Assert.SkipUnless(PythonProgram.Run("-c", Script, _folder.Path), "No Python with h5py and NumPy.");
        Hdf5Events.Register();
        foreach (string name in (string[])["contiguous", "growing", "filtered", "latest", "latest_fixed", "parts", "big"])
            Check(name, new());
        Check("table", new() { ArrayName = "events", TimeUnit = EventTimeUnit.Seconds });
        Refused("lzf", "'lzf'");
        // A file of a stranger must not have others opened.
        Refused("external", "in other files");
        Refused("virtual", "in other files");
        Refused("link", "in another file");
        // Links that lead in circles lead nowhere; once they ended the process.
        foreach (string name in (string[])["itself", "each_other", "group"])
            Refused(name, "none of the layouts");
    }

    private void Check(string name, EventReadOptions options) =>
        Assert.True(EventRecording.Load(Path.Combine(_folder.Path, name), options).Events.Span.SequenceEqual(_events), name);

    private void Refused(string name, string part)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => EventRecording.Load(Path.Combine(_folder.Path, name)));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }
}
