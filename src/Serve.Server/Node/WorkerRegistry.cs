using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Serve.Server.Platform;

namespace Serve.Server.Node;

/// <summary>
/// Remembers on disk which processes the agent has started, so that an agent which starts after a crash can end what is left of its
/// predecessor's before it starts anything: no replica ever runs twice.
/// </summary>
internal sealed class WorkerRegistry
{
    private readonly string _folder;

    public WorkerRegistry(string dataFolder)
    {
        _folder = Path.Combine(dataFolder, "processes");
        Directory.CreateDirectory(_folder);
    }

    public void Add(int processId) => File.WriteAllText(FileOf(processId), ProcessIdentity.Of(processId) ?? "");

    public void Remove(int processId) => File.Delete(FileOf(processId));

    /// <summary>Ends all processes that a predecessor left and forgets them.</summary>
    /// <returns>How many were still there.</returns>
    public int EndLeftovers()
    {
        var ended = 0;
        foreach (var file in Directory.EnumerateFiles(_folder).ToList())
        {
            if (int.TryParse(Path.GetFileName(file), CultureInfo.InvariantCulture, out var processId)
                && ProcessIdentity.Of(processId) is { } identity
                && ProcessIdentity.IsSame(identity, File.ReadAllText(file))
                && TryKill(processId))
                ended++;
            File.Delete(file);
        }

        return ended;
    }

    private string FileOf(int processId) => Path.Combine(_folder, processId.ToString(CultureInfo.InvariantCulture));

    private static bool TryKill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
            return process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
