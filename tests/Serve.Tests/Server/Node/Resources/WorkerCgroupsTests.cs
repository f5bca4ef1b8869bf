using Serve.Server.Node;
using Serve.Server.Node.Resources;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Testing;

namespace Serve.Tests.Server.Node.Resources;

/// <summary>A folder stands for the cgroup: what is written where, and what a real process does with it.</summary>
public sealed class WorkerCgroupsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_NoCgroup_SaysSo() =>
        Should.Throw<InvalidOperationException>(() => WorkerCgroups.Open(_folder.Path)).Message.ShouldContain("is no cgroup of version 2");

    [Fact]
    public void Open_ControllersAreMissing_NamesThem()
    {
        File.WriteAllText(_folder.File("cgroup.controllers"), "cpu hugetlb\n");
        Should.Throw<InvalidOperationException>(() => WorkerCgroups.Open(_folder.Path)).Message.ShouldContain("has no controller memory; enable it in cgroup.subtree_control");
    }

    [Fact]
    public async Task Launch_Worker_EntersItsCgroupBeforeItRuns()
    {
        await File.WriteAllTextAsync(_folder.File("cgroup.controllers"), "cpu io memory\n");
        var cgroups = WorkerCgroups.Open(_folder.Path);
        (await File.ReadAllTextAsync(_folder.File("cgroup.subtree_control"))).ShouldBe("+cpu +memory");
        var spec = new LaunchSpec("/bin/sh", ["-c", "echo \"$0 $1\" $$", "two words", "$HOME"], _folder.Path, new Dictionary<string, string?>());
        using var process = cgroups.Launch(
            new ProcessLauncher(), spec, "1-7", [new ReservedBundle { Node = "n", CpuUnits = ResourceAmount.From(1.5).Units, MemoryUnits = ResourceAmount.From(1 << 20).Units }]);
        using var output = new StreamReader(process.Outputs[0]);
        (await output.ReadToEndAsync()).ShouldBe($"two words $HOME {process.Id}\n");
        (await process.Exited).ShouldBe(0);
        (await File.ReadAllTextAsync(_folder.File("serve-1-7/cpu.max"))).ShouldBe("150000 100000");
        (await File.ReadAllTextAsync(_folder.File("serve-1-7/memory.max"))).ShouldBe("1048576");
        (await File.ReadAllTextAsync(_folder.File("serve-1-7/cgroup.procs"))).ShouldBe($"{process.Id}\n");
    }

    [Fact]
    public async Task Launch_NothingReserved_HasNoLimits()
    {
        await File.WriteAllTextAsync(_folder.File("cgroup.controllers"), "cpu memory\n");
        using var process = WorkerCgroups.Open(_folder.Path).Launch(
            new ProcessLauncher(), new LaunchSpec("/bin/true", [], _folder.Path, new Dictionary<string, string?>()), "1-8", [new ReservedBundle { Node = "n" }]);
        (await process.Exited).ShouldBe(0);
        File.Exists(_folder.File("serve-1-8/cpu.max")).ShouldBeFalse();
        File.Exists(_folder.File("serve-1-8/memory.max")).ShouldBeFalse();
    }

    [Fact]
    public void Open_EmptyCgroupsOfBefore_AreRemoved()
    {
        File.WriteAllText(_folder.File("cgroup.controllers"), "cpu memory\n");
        Directory.CreateDirectory(_folder.File("serve-1-1"));
        Directory.CreateDirectory(_folder.File("others"));
        WorkerCgroups.Open(_folder.Path);
        Directory.Exists(_folder.File("serve-1-1")).ShouldBeFalse();
        Directory.Exists(_folder.File("others")).ShouldBeTrue();
    }
}
