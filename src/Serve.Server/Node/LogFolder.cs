using Serve.Identity;

namespace Serve.Server.Node;

/// <summary>Where the logs of workers and builds lie: <c>logs/application/deployment/replica.log</c>, each part escaped so that no name leads elsewhere.</summary>
internal sealed class LogFolder(string dataFolder)
{
    private const string BuildLog = "program.log";

    private readonly string _root = Path.Combine(dataFolder, "logs");

    public string Of(ReplicaId replica) =>
        Path.Combine(_root, Escape(replica.Deployment.Application), Escape(replica.Deployment.Name), Escape(replica.Suffix) + ".log");

    /// <summary>The log of building and describing an application's program.</summary>
    public string OfProgram(string application) => Path.Combine(_root, Escape(application), BuildLog);

    /// <summary>The log files of an application, of one of its deployments, or of one replica, the oldest first.</summary>
    public IReadOnlyList<string> Find(string application, string? deployment, string? replica)
    {
        var folder = deployment is null ? Path.Combine(_root, Escape(application)) : Path.Combine(_root, Escape(application), Escape(deployment));
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories)
                .Where(path => replica is null || Path.GetFileNameWithoutExtension(path) == Escape(replica))
                .OrderBy(File.GetLastWriteTimeUtc),
        ];
    }

    /// <summary>The name of a log for display: <c>deployment#replica</c>.</summary>
    public string NameOf(string path)
    {
        var parts = Path.GetRelativePath(_root, path).Split(Path.DirectorySeparatorChar).Select(Uri.UnescapeDataString).ToArray();
        return parts.Length == 3 ? $"{parts[1]}{DeploymentId.Separator}{Path.GetFileNameWithoutExtension(parts[2])}" : Path.GetFileNameWithoutExtension(parts[^1]);
    }

    private static string Escape(string name) => name is "." or ".." ? Uri.HexEscape('.') + name[1..] : Uri.EscapeDataString(name);
}
