using System.IO.Compression;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>
/// The storages of an archive, of which the last is kept, since tensors that follow each other may share one. Files that would have much
/// of them read again and again are refused.
/// </summary>
/// <param name="fileLength">The archive's size in bytes.</param>
internal sealed class TorchStorages(long fileLength)
{
    private const long MostReadings = 64;

    private ZipArchiveEntry? _last;
    private byte[] _bytes = [];
    private Int128 _read;

    /// <exception cref="InvalidDataException">The storage is damaged, or too much was read.</exception>
    public byte[] Read(ZipArchiveEntry storage)
    {
        if (storage == _last)
            return _bytes;
        if ((_read += storage.Length) > (Int128)MostReadings * fileLength)
        {
            throw new InvalidDataException(
                $"The file's tensors would have its storages read more than {MostReadings} times. Save each tensor's clone().");
        }
        (_last, _bytes) = (null, []);
        _bytes = TorchArchive.Bytes(storage, storage.Length);
        _last = storage;
        return _bytes;
    }
}
