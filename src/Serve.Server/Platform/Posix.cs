using System.Runtime.InteropServices;

namespace Serve.Server.Platform;

/// <summary>The few calls of a Unix system that .NET has no name for. Elsewhere each does what comes nearest.</summary>
internal static partial class Posix
{
    private const int OpenReadOnly = 0;
    private const int SignalTerminate = 15;

    /// <summary>Asks a process to end (SIGTERM). Where there are no signals, it does nothing: the caller's next step is to end it.</summary>
    public static void Terminate(int processId)
    {
        if (!OperatingSystem.IsWindows())
            _ = Kill(processId, SignalTerminate);
    }

    /// <summary>Makes a rename in a folder durable.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(path, OpenReadOnly);
        if (descriptor < 0)
            return;
        _ = FSync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
