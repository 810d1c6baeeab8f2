using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.Snn.Torch;

/// <summary>
/// TorchSharp's native libraries. This library does not bring them, so that apps that only score stay small; an app that trains adds them.
/// </summary>
internal static partial class TorchNatives
{
    private static readonly Lazy<bool> _loaded = new(Load, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>
    /// Loads them. To be called before TorchSharp is first used: its own attempt would print to the console and copy files from the
    /// package cache into the app's folder.
    /// </summary>
    /// <exception cref="DllNotFoundException">They are absent or do not load here; the message names the packages to add.</exception>
    public static void EnsureLoaded() => _ = _loaded.Value;

    /// <summary>What to tell the user where a native library of TorchSharp is absent.</summary>
    internal static string MissingMessage(OSPlatform platform)
    {
        string libtorch = platform == OSPlatform.OSX ? "libtorch-cpu-osx-arm64"
            : platform == OSPlatform.Windows ? "libtorch-cpu-win-x64 (for NVIDIA GPUs, libtorch-cuda-12.8-win-x64)"
            : "libtorch-cpu-linux-x64 (for NVIDIA GPUs, libtorch-cuda-12.8-linux-x64)";
        return "Training a spiking network needs the native libraries of TorchSharp, which did not load. Add to the app's project the "
            + $"packages TorchSharp, version {Version("TorchSharpVersion")}, and {libtorch}, version {Version("LibtorchVersion")}. "
            + "Scoring needs neither.";
    }

    /// <summary>Of a package, as this library was built for it.</summary>
    private static string Version(string key) => typeof(TorchNatives).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;

    private static bool Load()
    {
        // OpenMP's threads otherwise spin while they wait and take the cores from this library's own threads, and from other processes: on
        // a busy machine of two cores, training was ten times slower. It reads the variable once, when libtorch loads it; a value set by
        // the user stays.
        if (OperatingSystem.IsLinux())
            _ = SetEnvironmentVariable("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        // LibTorchSharp links to torch_cpu, which the loader may not find by itself in an app's package folders.
        NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out _);
        try
        {
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            OSPlatform platform = OperatingSystem.IsWindows() ? OSPlatform.Windows
                : OperatingSystem.IsMacOS() ? OSPlatform.OSX
                : OSPlatform.Linux;
            throw new DllNotFoundException($"{MissingMessage(platform)} The inner exception holds what the system says.", e);
        }
    }

    // Environment.SetEnvironmentVariable does not reach native libraries.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
