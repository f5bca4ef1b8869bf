using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Serve.Onnx.Tests.Npm;

/// <summary>Runs src/npm-restore.mjs with a stand-in for npm that needs no network and counts its calls.</summary>
public sealed class NpmRestoreTests : IDisposable
{
    private const string FakeNpm = """
        #!/usr/bin/env node
        const fs = require('node:fs');
        fs.appendFileSync(process.env.FAKE_NPM_LOG, process.argv.slice(2).join(' ') + '\n');
        if (process.env.FAKE_NPM_ERROR) { console.error(process.env.FAKE_NPM_ERROR); process.exit(1); }
        for (const name of ['wanted', 'unwanted']) {
          fs.mkdirSync(`node_modules/${name}`, { recursive: true });
          fs.writeFileSync(`node_modules/${name}/index.js`, fs.readFileSync('package-lock.json'));
        }
        """;

    private static readonly string Script = Path.GetFullPath(Path.Combine(SourceFolder(), "../../../src/npm-restore.mjs"));

    private readonly string _folder = Directory.CreateTempSubdirectory("npm-restore-").FullName;

    public NpmRestoreTests()
    {
        Directory.CreateDirectory(Project);
        File.WriteAllText(Path.Combine(Project, "package.json"), """{ "prune": ["unwanted"] }""");
        File.WriteAllText(Path.Combine(Project, "package-lock.json"), "first");
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        File.WriteAllText(Path.Combine(_folder, "bin", "npm"), FakeNpm);
        File.WriteAllText(Path.Combine(_folder, "bin", "npm.cmd"), "@node \"%~dp0npm\" %*");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder, "bin", "npm"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Project => Path.Combine(_folder, "project");

    private string Work => Path.Combine(Project, "obj", "npm");

    private string[] Calls => File.Exists(Path.Combine(_folder, "log")) ? File.ReadAllLines(Path.Combine(_folder, "log")) : [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Restore_FreshClone_InstallsPrunesAndStamps()
    {
        (await RestoreAsync("one")).ExitCode.ShouldBe(0);

        Calls.ShouldBe(["ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error"]);
        ReadModule("wanted/index.js").ShouldBe("first");
        ReadModule(".serve-stamp").ShouldBe("one");
        Directory.Exists(Path.Combine(Project, "node_modules", "unwanted")).ShouldBeFalse();
        Directory.Exists(Work).ShouldBeFalse();
    }

    [Fact]
    public async Task Restore_SideBySide_InstallsOnce()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RestoreAsync("one")));

        results.ShouldAllBe(result => result.ExitCode == 0);
        Calls.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Restore_LockFileChanged_ReplacesTheModules()
    {
        await RestoreAsync("one");
        await File.WriteAllTextAsync(Path.Combine(Project, "package-lock.json"), "second");

        await RestoreAsync("two");

        ReadModule("wanted/index.js").ShouldBe("second");
        ReadModule(".serve-stamp").ShouldBe("two");
    }

    [Fact]
    public async Task Restore_LockOfADeadProcess_TakesIt()
    {
        Directory.CreateDirectory(Path.Combine(Work, "install-left"));
        Directory.SetLastWriteTimeUtc(Work, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        (await RestoreAsync("one")).ExitCode.ShouldBe(0);

        Calls.Length.ShouldBe(1);
        Directory.Exists(Work).ShouldBeFalse();
    }

    [Fact]
    public async Task Restore_NpmFails_SaysWhyAndLeavesNothing()
    {
        var (exitCode, error) = await RestoreAsync("one", ("FAKE_NPM_ERROR", "npm error code E404\nnpm error 404 Not Found - wanted\nnpm error     at frame"));

        exitCode.ShouldBe(1);
        error.Trim().ShouldBe("404 Not Found - wanted");
        Directory.Exists(Path.Combine(Project, "node_modules")).ShouldBeFalse();
        Directory.Exists(Work).ShouldBeFalse();
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private string ReadModule(string path) => File.ReadAllText(Path.Combine(Project, "node_modules", path));

    private async Task<(int ExitCode, string Error)> RestoreAsync(string stamp, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("node", [Script, Project, stamp]) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PATH"] = Path.Combine(_folder, "bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        start.Environment["FAKE_NPM_LOG"] = Path.Combine(_folder, "log");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
