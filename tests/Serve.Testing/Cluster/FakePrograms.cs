using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Testing.Cluster;

/// <summary>The programs that import paths lead to, and every version of them that was ever there.</summary>
internal sealed class FakePrograms
{
    private readonly Dictionary<string, FakeProgram> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeProgram> _versions = new(StringComparer.Ordinal);

    /// <summary>Puts a program, or a new version of one, at a path.</summary>
    public FakeProgram Put(string path, FakeProgram program)
    {
        _paths[path] = program;
        _versions[program.Version] = program;
        return program;
    }

    public FakeProgram Find(ProgramCommand command) => _versions[command.Version];

    public IEnumerable<FakeProgram> All => _versions.Values;

    public ProgramReport Describe(DesiredProgram order, ProgramPhase phase)
    {
        var report = new ProgramReport { Application = order.Application, Job = order.Job, Phase = phase };
        if (phase < ProgramPhase.Done)
            return report;
        if (_paths.GetValueOrDefault(order.ImportPath) is not { } program)
            return report with { Phase = ProgramPhase.Failed, Failure = $"There is nothing at '{order.ImportPath}'." };
        return program.DescribeFailure is { } failure
            ? report with { Phase = ProgramPhase.Failed, Failure = failure }
            : report with
            {
                Command = new ProgramCommand(order.ImportPath, [], "/", program.Version, program.IsKept),
                Description = new ProgramDescription(ProgramDescription.CurrentContract, program.Deployments, Policies: program.Policies, ApplicationPolicies: program.ApplicationPolicies),
            };
    }
}
