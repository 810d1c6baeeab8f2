using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace SnnMl.Build
{
    /// <summary>
    /// MSBuild task: writes a mended copy (<see cref="NativeLibraryMend"/>, <see cref="ManagedLibraryMend"/>) of each TorchSharp library that
    /// needs one. The package cache is not touched.
    /// </summary>
    public sealed class MendTorchSharp : Task
    {
        /// <summary>The libraries that the build would copy, of any name and platform.</summary>
        [Required]
        public ITaskItem[] Libraries { get; set; } = new ITaskItem[0];

        /// <summary>Where the copies go.</summary>
        [Required]
        public string OutputFolder { get; set; } = "";

        /// <summary>Those of <see cref="Libraries"/> that need mending.</summary>
        [Output]
        public ITaskItem[] Broken { get; set; } = new ITaskItem[0];

        /// <summary>Their mended copies, with all metadata of the originals.</summary>
        [Output]
        public ITaskItem[] Mended { get; set; } = new ITaskItem[0];

        /// <inheritdoc/>
        public override bool Execute()
        {
            var broken = new List<ITaskItem>();
            var mended = new List<ITaskItem>();
            foreach (ITaskItem library in Libraries)
            {
                string path = library.GetMetadata("FullPath");
                try
                {
                    byte[]? bytes = Mend(path);
                    if (bytes is null)
                        continue;
                    Directory.CreateDirectory(OutputFolder);
                    string copy = Path.Combine(OutputFolder, Path.GetFileName(path));
                    if (!File.Exists(copy) || !bytes.SequenceEqual(File.ReadAllBytes(copy)))
                        File.WriteAllBytes(copy, bytes);
                    broken.Add(library);
                    mended.Add(new TaskItem(copy, library.CloneCustomMetadata()));
                }
                catch (InvalidOperationException e)
                {
                    Log.LogError(
                        $"{path} is not the library that this step knows how to mend: {e.Message}. "
                        + "Set the property SnnMendTorchSharp to false to use the file as it is.");
                }
            }
            Broken = broken.ToArray();
            Mended = mended.ToArray();
            return !Log.HasLoggedErrors;
        }

        /// <returns>Null for a library that needs no mending.</returns>
        private static byte[]? Mend(string path)
        {
            switch (Path.GetFileName(path))
            {
                case "libLibTorchSharp.so":
                    byte[] bytes = File.ReadAllBytes(path);
                    return NativeLibraryMend.Apply(bytes) ? bytes : null;
                case "TorchSharp.dll":
                    return ManagedLibraryMend.Apply(File.ReadAllBytes(path));
                default:
                    return null;
            }
        }
    }
}
