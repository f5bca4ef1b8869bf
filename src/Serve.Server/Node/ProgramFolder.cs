using System.Security.Cryptography;
using System.Text;
using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>
/// Keeps the programs that were built, each under a name made from its contents: replicas run from there, so that a later build never
/// changes files under them, and a build that changed nothing is the same version.
/// </summary>
internal sealed class ProgramFolder
{
    private const string TemporaryPrefix = "new-";

    private readonly string _root;

    public ProgramFolder(string dataFolder)
    {
        _root = Path.Combine(dataFolder, "programs");
        Directory.CreateDirectory(_root);
        foreach (var leftover in Directory.EnumerateDirectories(_root, TemporaryPrefix + "*").ToList())
            Directory.Delete(leftover, recursive: true);
    }

    /// <summary>A folder to build into.</summary>
    public string NewFolder() => Path.Combine(_root, TemporaryPrefix + Guid.NewGuid().ToString("N"));

    /// <summary>Deletes what a build that was not kept has left.</summary>
    public static void Discard(string built)
    {
        if (Directory.Exists(built))
            Directory.Delete(built, recursive: true);
    }

    /// <summary>The folder of that name, or null where there is none yet.</summary>
    public string? Find(string version) => Directory.Exists(Path.Combine(_root, version)) ? Path.Combine(_root, version) : null;

    /// <summary>Takes a folder in.</summary>
    /// <returns>Where it lies now.</returns>
    public string TakeIn(string folder, string version)
    {
        var home = Path.Combine(_root, version);
        if (!Directory.Exists(home))
            Directory.Move(folder, home);
        return home;
    }

    /// <summary>Takes a finished build in.</summary>
    /// <exception cref="ProgramException">It holds no program.</exception>
    public ProgramCommand Keep(string built, string project)
    {
        var dll = FindProgram(built, project);
        var version = HashOf(built);
        var home = TakeIn(built, version);
        return ProgramSource.DllCommand(Path.Combine(home, dll), version) with { IsKept = true };
    }

    /// <summary>Deletes all programs but these versions.</summary>
    public void DeleteAllBut(IReadOnlySet<string> versions)
    {
        foreach (var folder in Directory.EnumerateDirectories(_root).Where(folder => !versions.Contains(Path.GetFileName(folder)) && !Path.GetFileName(folder).StartsWith(TemporaryPrefix, StringComparison.Ordinal)).ToList())
            Directory.Delete(folder, recursive: true);
    }

    private static string FindProgram(string built, string project)
    {
        var programs = Directory.GetFiles(built, "*.runtimeconfig.json").Select(path => Path.GetFileName(path).Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal)).ToList();
        var named = Path.GetFileNameWithoutExtension(project) + ".dll";
        return programs switch
        {
            [var only] => only,
            [] => throw new ProgramException($"'{project}' builds a library, not a program; set <OutputType>Exe</OutputType> or use the Web SDK.", hasOutput: false),
            _ when programs.Contains(named, StringComparer.Ordinal) => named,
            _ => throw new ProgramException($"'{project}' builds several programs ({string.Join(", ", programs)}); publish it and give the .dll of one.", hasOutput: false),
        };
    }

    private static string HashOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).OrderBy(path => path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, path)));
            using var file = File.OpenRead(path);
            int read;
            while ((read = file.Read(buffer)) > 0)
                hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
