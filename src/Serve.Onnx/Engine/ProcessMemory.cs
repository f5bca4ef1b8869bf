using System.Runtime.InteropServices;
using Serve.Tensors;

namespace Serve.Onnx.Engine;

/// <summary>The memory of this process that is not .NET's own: that of ONNX Runtime, nearly all of it.</summary>
internal static partial class ProcessMemory
{
    /// <summary>The resident bytes without those of the collected heap and of the tensors on their way.</summary>
    public static long Native => Math.Max(0, Environment.WorkingSet - GC.GetGCMemoryInfo().TotalCommittedBytes - NativeMemoryPool.Shared.RentedBytes - NativeMemoryPool.Shared.KeptBytes);

    /// <summary>
    /// Gives back what the C library keeps of freed memory. A model is many blocks of all sizes, and glibc keeps those between others that are still in use: without this a
    /// process that loads and unloads grows for hundreds of rounds.
    /// </summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc, which has no such call.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
