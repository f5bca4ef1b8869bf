using System.Globalization;
using System.Text.RegularExpressions;

namespace Serve.Server.Node.Resources;

/// <summary>Finds out what the machine has, from files and without any tool of a vendor.</summary>
/// <param name="root">The root of the file system.</param>
/// <param name="visibleDevices">The value of <c>CUDA_VISIBLE_DEVICES</c>: which GPUs the one who started this process lets it use; null is all.</param>
internal sealed partial class MachineProbe(string root, string? visibleDevices)
{
    /// <summary>CUDA's word for none.</summary>
    private const string NoDevice = "-1";

    public static MachineProbe OfThisProcess { get; } = new("/", Environment.GetEnvironmentVariable(CudaVariables.VisibleDevices));

    public string? VisibleDevices { get; } = visibleDevices;

    /// <summary>The CPUs that the process may use: .NET knows affinity and the quota of a container.</summary>
    public static double Cpus() => Environment.ProcessorCount;

    /// <summary>The memory of the machine, or of the container where that is less.</summary>
    public long MemoryBytes()
    {
        long?[] bounds = [ReadMemTotal(), ReadLimit("sys/fs/cgroup/memory.max"), ReadLimit("sys/fs/cgroup/memory/memory.limit_in_bytes")];
        return bounds.Min() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>The GPUs by the names under which CUDA knows them.</summary>
    public IReadOnlyList<string> GpuDevices()
    {
        if (VisibleDevices is null)
            return [.. Enumerable.Range(0, CountDevices()).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        // As CUDA reads it: what follows the first invalid entry is not visible.
        return [.. VisibleDevices.Split(',', StringSplitOptions.TrimEntries).TakeWhile(device => device.Length > 0 && device != NoDevice && device != "NoDevFiles")];
    }

    /// <summary>
    /// The type of the first GPU, in the short form that selectors use: <c>Model: NVIDIA H100 80GB HBM3</c> is an H100. Null where the driver says nothing.
    /// </summary>
    public string? GpuType()
    {
        var folder = Path.Combine(root, "proc/driver/nvidia/gpus");
        if (!Directory.Exists(folder))
            return null;
        var files = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(gpu => Path.Combine(gpu, "information")).Where(File.Exists);
        return files.Select(File.ReadAllText).Select(text => Model().Match(text)).FirstOrDefault(match => match.Success)?.Groups["type"].Value;
    }

    private int CountDevices()
    {
        var folder = Path.Combine(root, "dev");
        return Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, "nvidia*").Count(path => Device().IsMatch(Path.GetFileName(path))) : 0;
    }

    /// <summary><code>MemTotal:       16384256 kB</code></summary>
    private long? ReadMemTotal()
    {
        var path = Path.Combine(root, "proc/meminfo");
        var line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)) : null;
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, ..] && long.TryParse(kilobytes, CultureInfo.InvariantCulture, out var number) ? number * 1024 : null;
    }

    /// <summary>A number, or <c>max</c> for no limit.</summary>
    private long? ReadLimit(string file)
    {
        var path = Path.Combine(root, file);
        return File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out var bytes) && bytes > 0 ? bytes : null;
    }

    [GeneratedRegex(@"^nvidia[0-9]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex Device();

    /// <summary>The first word behind the maker's name, without the form factor: <c>Tesla V100-SXM2-16GB</c> is a V100.</summary>
    [GeneratedRegex(@"^Model:\s*\S+\s+(?<type>[A-Za-z0-9]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Model();
}
