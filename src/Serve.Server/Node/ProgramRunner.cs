using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>Finds out what a program has: builds it where it is a project, then runs it once to describe itself.</summary>
internal sealed class ProgramRunner(IProcessLauncher launcher, ProgramFolder programs, LogFolder logs, WorkerRegistry registry, TimeProvider timeProvider) : IDisposable
{
    private const int TailLines = 30;

    private static readonly TimeSpan BuildTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan DescribeTime = TimeSpan.FromSeconds(60);

    /// <summary>Builds take all cores already; more at a time are slower together.</summary>
    private readonly SemaphoreSlim _builds = new(1);

    /// <summary>Runs an order to its end.</summary>
    /// <param name="order">The order.</param>
    /// <param name="report">Told what is being done.</param>
    /// <param name="cancellationToken">Cancelled when the order is taken back.</param>
    public async Task<ProgramReport> RunAsync(DesiredProgram order, Action<ProgramReport> report, CancellationToken cancellationToken)
    {
        var current = new ProgramReport { Application = order.Application, Job = order.Job, Phase = ProgramPhase.Building };
        using var log = new WorkerLog(logs.OfProgram(order.Application), order.Application, onLine: null, isFresh: true);
        try
        {
            var working = order.WorkingDir is { } path ? WorkingFolder.Prepare(path, programs) : null;
            var source = ProgramSource.Find(working?.Resolve(order.ImportPath) ?? order.ImportPath);
            if (source.Project is { } project)
                report(current);
            var command = source.Project is null ? source.Command! : await BuildAsync(source.Project, log, cancellationToken);
            if (working is not null)
                command = command with { WorkingDirectory = working.Home, WorkingVersion = working.Version, IsKept = command.IsKept && working.IsKept };
            report(current with { Phase = ProgramPhase.Describing, Command = command });
            var description = await DescribeAsync(command, order, log, cancellationToken);
            return current with { Phase = ProgramPhase.Done, Command = command, Description = description };
        }
        catch (ProgramException exception)
        {
            var tail = exception.HasOutput ? log.Tail(TailLines) : "";
            return current with { Phase = ProgramPhase.Failed, Failure = tail.Length == 0 ? exception.Message : $"{exception.Message}\nThe last lines of its output:\n{tail}" };
        }
    }

    private async Task<ProgramCommand> BuildAsync(string project, WorkerLog log, CancellationToken cancellationToken)
    {
        await _builds.WaitAsync(cancellationToken);
        var target = programs.NewFolder();
        try
        {
            var arguments = new[] { "publish", project, "--configuration", "Release", "--output", target, "--nologo", "--tl:off", "--verbosity", "quiet", "-nodeReuse:false" };
            var output = await ExecuteAsync(new LaunchSpec(DotnetHost.Path, arguments, Path.GetDirectoryName(project)!, new Dictionary<string, string?>()), log, BuildTime, cancellationToken);
            if (output.ExitCode is not { } exitCode)
                throw new ProgramException($"The build of '{project}' took longer than {BuildTime.TotalMinutes} minutes.", hasOutput: true);
            return exitCode == 0 ? programs.Keep(target, project) : throw new ProgramException($"The build of '{project}' failed with exit code {exitCode}.", hasOutput: true);
        }
        finally
        {
            ProgramFolder.Discard(target);
            _builds.Release();
        }
    }

    public void Dispose() => _builds.Dispose();

    private async Task<ProgramDescription> DescribeAsync(ProgramCommand command, DesiredProgram order, WorkerLog log, CancellationToken cancellationToken)
    {
        var folder = programs.NewFolder();
        try
        {
            return await DescribeAsync(command, order.EnvVars, order.Args is { } args ? WriteArgs(folder, args) : null, log, cancellationToken);
        }
        finally
        {
            ProgramFolder.Discard(folder);
        }
    }

    /// <summary>Into a file: an environment variable is too short for all that a document may say.</summary>
    private static string WriteArgs(string folder, JsonObject args)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "args.json");
        File.WriteAllText(path, args.ToJsonString());
        return path;
    }

    private async Task<ProgramDescription> DescribeAsync(ProgramCommand command, IReadOnlyDictionary<string, string> envVars, string? argsFile, WorkerLog log, CancellationToken cancellationToken)
    {
        var environment = envVars.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal);
        environment[ProgramContract.ModeVariable] = ProgramContract.DescribeMode;
        environment[ProgramContract.ArgsVariable] = argsFile;
        var program = command.Arguments.Count > 0 ? command.Arguments[0] : command.File;
        var (exitCode, lines) = await ExecuteAsync(new LaunchSpec(command.File, command.Arguments, command.WorkingDirectory, environment), log, DescribeTime, cancellationToken);
        if (exitCode is null)
            throw new ProgramException($"'{program}' did not describe itself within {DescribeTime.TotalSeconds} s. Does it call builder.AddServe() and app.MapServe(), and nothing slow before them?", hasOutput: true);
        if (lines.LastOrDefault(line => line.StartsWith(ProgramDescription.LinePrefix, StringComparison.Ordinal)) is { } json)
            return Parse(program, json);
        throw new ProgramException(
            exitCode == 0
                ? $"'{program}' ended without describing itself. Does it call builder.AddServe() and app.MapServe()?"
                : $"'{program}' failed with exit code {exitCode} when it was asked to describe itself.",
            hasOutput: true);
    }

    private static ProgramDescription Parse(string program, string json)
    {
        try
        {
            var description = JsonSerializer.Deserialize(json, ProgramDescriptionJson.Default.ProgramDescription)!;
            if (description.Problem is { } problem)
                throw new ProgramException(problem, hasOutput: false);
            return description.Contract == ProgramDescription.CurrentContract
                ? description
                : throw new ProgramException($"'{program}' was built with a Serve that speaks contract {description.Contract}; this server speaks {ProgramDescription.CurrentContract}. Build it with the server's version.", hasOutput: false);
        }
        catch (JsonException exception)
        {
            throw new ProgramException($"'{program}' described itself in a way that can't be read: {exception.Message}", hasOutput: true);
        }
    }

    /// <returns>The exit code, or null where it took too long; and the lines of standard output.</returns>
    private async Task<(int? ExitCode, IReadOnlyList<string> Lines)> ExecuteAsync(LaunchSpec spec, WorkerLog log, TimeSpan time, CancellationToken cancellationToken)
    {
        using var process = Launch(spec);
        var lines = new LineCollector();
        try
        {
            registry.Add(process.Id);
            var output = log.PumpAsync(process, lines.Add);
            using var timeout = new CancellationTokenSource(time, timeProvider);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                var exitCode = await process.Exited.WaitAsync(both.Token);
                await output.WaitAsync(both.Token);
                return (exitCode, lines.Lines);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return (null, lines.Lines);
            }
        }
        finally
        {
            process.Kill();
            await process.Exited;
            registry.Remove(process.Id);
        }
    }

    private ILaunchedProcess Launch(LaunchSpec spec)
    {
        try
        {
            return launcher.Launch(spec);
        }
        catch (InvalidOperationException exception)
        {
            throw new ProgramException(exception.Message, hasOutput: false);
        }
    }

    /// <summary>The last lines that start like a description; the program may print any number of others.</summary>
    private sealed class LineCollector
    {
        private const int MaxLines = 16;

        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public void Add(string line)
        {
            if (!line.StartsWith(ProgramDescription.LinePrefix, StringComparison.Ordinal))
                return;
            lock (_lines)
            {
                if (_lines.Count == MaxLines)
                    _lines.RemoveAt(0);
                _lines.Add(line);
            }
        }
    }
}

/// <summary>A program can't be used; the message says why.</summary>
/// <param name="message">Why.</param>
/// <param name="hasOutput">Whether the last lines of its output help to understand it.</param>
internal sealed class ProgramException(string message, bool hasOutput) : Exception(message)
{
    public bool HasOutput { get; } = hasOutput;
}
