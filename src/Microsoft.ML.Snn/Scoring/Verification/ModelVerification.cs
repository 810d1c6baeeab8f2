using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>Tells whether a model's zip is as it was written, before anything is made of it.</summary>
internal static class ModelVerification
{
    // A predictor stands in a folder of the transformer that scores with it, beside what that transformer wrote of itself.
    private const string PredictorFolder = "Model/", TransformerEntry = "Model.key", SchemaEntry = "TrainSchema";

    // Names of classes are most of it.
    private const int MaxEntryBytes = 64 << 20;

    // Of ML.NET's transformer of multiclass predictors; it writes zeros for spaces.
    private static readonly ulong _transformerSignature = BitConverter.ToUInt64("MC\0\0PRED"u8);

    /// <param name="env">The environment.</param>
    /// <param name="zip">The zip, from the stream's start to its end. It stays open, and its position where it is.</param>
    /// <param name="name">What the zip is called in messages.</param>
    /// <exception cref="InvalidDataException">The zip is damaged; the message says what it is called, where, and what to do.</exception>
    public static void Verify(IHostEnvironment env, Stream zip, string name)
    {
        MLNetVersion.Check();
        long position = zip.Position;
        try
        {
            using ZipArchive archive = OpenVerified(zip, name);
            foreach (ZipArchiveEntry entry in archive.Entries.Where(NetworkZip.IsNetwork))
            {
                NetworkGraph<float> network = VerifyNetwork(entry, name);
                CheckClassNames(env, entry, network, name);
            }
        }
        finally
        {
            zip.Position = position;
        }
    }

    /// <summary>A zip of which all is right but, perhaps, networks.</summary>
    private static ZipArchive OpenVerified(Stream zip, string name)
    {
        ZipArchive? archive = null;
        try
        {
            ZipLayout.Check(zip);
            archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            ArchiveVerification.Verify(archive);
            return archive;
        }
        catch (InvalidDataException e)
        {
            archive?.Dispose();
            throw Damaged(name, e);
        }
    }

    /// <summary>Compares checksums, the zip's and our own, in one pass.</summary>
    /// <returns>The network without its nodes.</returns>
    private static NetworkGraph<float> VerifyNetwork(ZipArchiveEntry entry, string name)
    {
        using var stream = new VerifiedEntry(entry);
        using var reader = new BinaryReader(stream);
        NetworkGraph<float>? network = null;
        InvalidDataException? refusal = null;
        try
        {
            network = NetworkFormat.Verify(reader);
        }
        catch (InvalidDataException e)
        {
            refusal = e;
        }
        try
        {
            // What a network says of itself, such as that it is of a newer version, holds only where its bytes are right.
            stream.Finish();
        }
        catch (InvalidDataException e)
        {
            throw Damaged(name, e);
        }
        return network ?? throw Refused(name, entry, refusal!);
    }

    private static void CheckClassNames(IHostEnvironment env, ZipArchiveEntry entry, NetworkGraph<float> network, string name)
    {
        string folder = NetworkZip.FolderOf(entry);
        if (!folder.EndsWith(PredictorFolder, StringComparison.Ordinal))
            return;
        string parent = folder[..^PredictorFolder.Length];
        if (NetworkZip.Find(entry.Archive, parent + TransformerEntry) is not { } transformer
            || NetworkZip.Find(entry.Archive, parent + SchemaEntry) is not { } schema)
        {
            return;
        }
        try
        {
            var ctx = new ModelLoadContext(new BinaryReader(ReadAll(transformer)));
            if (ctx.Header.ModelSignature != _transformerSignature)
                return;
            // The feature column; the label column.
            ctx.LoadStringOrNull();
            string? label = ctx.LoadStringOrNull();
            using var loader = new BinaryLoader(
                env, new BinaryLoader.Arguments(), new FiniteStream(ReadAll(schema).ToArray()), leaveOpen: false);
            ClassNames.Check(label is null ? null : loader.Schema[label], network.Labels, network.Classes);
        }
        // The bytes are as they were written. What ML.NET throws depends on what it does not understand.
        catch (Exception e)
        {
            throw Refused(name, schema, e);
        }
    }

    /// <summary>ML.NET reads back and forth. A length is not trusted: a small entry may unpack to gigabytes.</summary>
    private static MemoryStream ReadAll(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        var bytes = new MemoryStream();
        byte[] part = new byte[1 << 16];
        for (int read; (read = stream.Read(part)) > 0;)
        {
            bytes.Write(part, 0, read);
            if (bytes.Length > MaxEntryBytes)
                throw new InvalidDataException($"it unpacks to more than {MaxEntryBytes} bytes");
        }
        bytes.Position = 0;
        return bytes;
    }

    private static InvalidDataException Damaged(string name, InvalidDataException e) =>
        new($"{name} is damaged: {e.Message.TrimEnd('.')}. Copy it again, or save it anew.", e);

    private static InvalidDataException Refused(string name, ZipArchiveEntry entry, Exception e) =>
        new($"{name}, entry '{entry.FullName}': {e.Message}", e);
}
