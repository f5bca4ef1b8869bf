using System.Globalization;
using Serve.Server.Store.Records;

namespace Serve.Server.Node.Resources;

/// <summary>
/// Has the kernel hold workers to their shares: below a cgroup (version 2) that is delegated to this process each of them gets one of its
/// own, with its CPUs and memory as limits.
/// </summary>
internal sealed class WorkerCgroups
{
    private const string Prefix = "serve-";

    /// <summary>The period in which a quota is counted, in microseconds: the kernel's default.</summary>
    private const int PeriodMicroseconds = 100_000;

    private static readonly string[] Needed = ["cpu", "memory"];

    private readonly string _path;

    private WorkerCgroups(string path)
    {
        _path = path;
    }

    /// <summary>Makes sure that the cgroup can be used, and removes what workers of before have left in it.</summary>
    /// <exception cref="InvalidOperationException">It can't; the message says why.</exception>
    public static WorkerCgroups Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            throw new InvalidOperationException($"--cgroup '{path}': cgroups are a feature of Linux; leave the option out.");
        if (!File.Exists(Path.Combine(path, "cgroup.controllers")))
            throw new InvalidOperationException($"--cgroup '{path}' is no cgroup of version 2: it has no file cgroup.controllers. Create it, or leave the option out.");
        var missing = Needed.Except(File.ReadAllText(Path.Combine(path, "cgroup.controllers")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException($"--cgroup '{path}' has no controller {string.Join(", ", missing)}; enable it in cgroup.subtree_control of the cgroup above.");
        try
        {
            File.WriteAllText(Path.Combine(path, "cgroup.subtree_control"), string.Join(' ', Needed.Select(name => $"+{name}")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"--cgroup '{path}' can't be used: {exception.Message} It must belong to this user, and no process may be in it, this one neither.", exception);
        }

        var cgroups = new WorkerCgroups(path);
        foreach (var left in Directory.EnumerateDirectories(path, $"{Prefix}*"))
            Remove(left);
        return cgroups;
    }

    /// <summary>Starts a worker in a cgroup of its own, which is removed when the worker has ended.</summary>
    /// <exception cref="InvalidOperationException">The process can't be started, or not be limited.</exception>
    public ILaunchedProcess Launch(IProcessLauncher launcher, LaunchSpec spec, string name, IEnumerable<ReservedBundle> reserved)
    {
        var bundles = reserved.ToList();
        var folder = Path.Combine(_path, Prefix + name);
        try
        {
            Directory.CreateDirectory(folder);
            if (WorkerShares.Cpus(bundles) is { } cpus)
                File.WriteAllText(Path.Combine(folder, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1000, (long)(cpus * PeriodMicroseconds))} {PeriodMicroseconds}"));
            if (WorkerShares.MemoryBytes(bundles) is { } bytes)
                File.WriteAllText(Path.Combine(folder, "memory.max"), bytes.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove(folder);
            throw new InvalidOperationException($"The worker can't be limited by the cgroup '{folder}': {exception.Message}", exception);
        }

        var process = launcher.Launch(Enter(spec, folder));
        _ = RemoveAfterAsync(process, folder);
        return process;
    }

    /// <summary>A shell enters the cgroup and becomes the program, so that the program's first allocation counts already and its process id is the one that was started.</summary>
    private static LaunchSpec Enter(LaunchSpec spec, string folder) => spec with
    {
        File = "/bin/sh",
        Arguments = ["-c", "echo $$ > \"$0\" && exec \"$@\"", Path.Combine(folder, "cgroup.procs"), spec.File, .. spec.Arguments],
    };

    private static async Task RemoveAfterAsync(ILaunchedProcess process, string folder)
    {
        await process.Exited;
        Remove(folder);
    }

    /// <summary>A cgroup goes only when it is empty. What is still in it ends soon, and the next start of the server looks again.</summary>
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Not empty, or gone.
        }
        catch (UnauthorizedAccessException)
        {
            // The same, as the kernel says it of a cgroup.
        }
    }
}
