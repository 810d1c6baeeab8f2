using Microsoft.ML.Snn.Events.Formats;
using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Events.Hdf5.Files;

/// <summary>The groups and datasets of an HDF5 file, and what the exceptions of PureHDF mean.</summary>
internal sealed class Hdf5Container : IDisposable
{
    private readonly SharedStream _stream;
    private readonly NativeFile _file;
    private readonly string _name;

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="NotSupportedException">The file is of a kind that PureHDF cannot read, or its stream cannot seek.</exception>
    public Hdf5Container(EventFileInput input)
    {
        if (!input.Stream.CanSeek)
            throw new NotSupportedException($"{input.Name}: an HDF5 file can only be read from a stream that can seek.");
        _name = input.Name;
        _stream = new(input.Stream, input.Position);
        _file = Run(() => H5File.Open(_stream, leaveOpen: true));
    }

    /// <summary>The dataset or group at a path; null where there is none.</summary>
    public IH5Object? Find(string path) => Run(() => _file.LinkExists(path) ? _file.Get(path) : null);

    /// <summary>The paths of datasets and groups of the two topmost levels.</summary>
    public IReadOnlyList<string> ListNames() => Run(() => _file.Children().SelectMany(child =>
        child is IH5Group group and not IH5UnresolvedLink
            ? group.Children().Select(inner => $"{child.Name}/{inner.Name}").DefaultIfEmpty(child.Name) : [child.Name]).ToArray());

    /// <summary>Runs what reads of the file.</summary>
    public T Run<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _stream.Failure?.Throw();
            string cause = e.GetBaseException().Message;
            // PureHDF has no exception of its own for this.
            if (cause.StartsWith("Could not find filter", StringComparison.Ordinal))
            {
                throw new NotSupportedException(
                    $"{_name}: its compression cannot be read: {cause} Or compress the file otherwise, for instance by the tool h5repack: "
                    + "h5repack -f SHUF -f GZIP=6 old.h5 new.h5", e);
            }
            throw e is NotSupportedException or NotImplementedException
                ? new NotSupportedException($"{_name}: {cause}", e) : new InvalidDataException(cause, e);
        }
    }

    /// <summary>As <see cref="Run"/>, for the first data of a dataset, which must be in this file: PureHDF would open others.</summary>
    public void RunWithin<T>(Func<T> read)
    {
        long before = _stream.BytesRead;
        Run(read);
        if (_stream.BytesRead == before)
            throw new NotSupportedException($"{_name}: its data is not there, or in another file, which is not read.");
    }

    public void Dispose() => _file.Dispose();
}
