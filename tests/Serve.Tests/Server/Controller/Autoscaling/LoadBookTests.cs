using Serve.Identity;
using Serve.Routing.Load;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Testing;

namespace Serve.Tests.Server.Controller.Autoscaling;

public sealed class LoadBookTests
{
    private static readonly DeploymentId Model = new("app", "Model");

    private readonly ManualTimeProvider _clock = new();
    private readonly LoadBook _book;
    private ControllerState? _state;

    public LoadBookTests()
    {
        _book = new LoadBook(() => _state, _clock);
    }

    private double RunningNow => _book.Over(Model, TimeSpan.FromSeconds(10)).Running;

    [Fact]
    public void Over_SeveralNodes_AreAddedUp()
    {
        _book.Open("n1", "a").Take(Full(running: 2));
        _book.Open("n2", "a").Take(Full(running: 3));
        RunningNow.ShouldBe(5);
    }

    [Fact]
    public void Close_NodeWithRequests_TakesThemOutAtOnce()
    {
        var line = _book.Open("n1", "a");
        line.Take(Full(running: 20));
        _book.Open("n2", "a").Take(Full(running: 3));
        _book.TakeChanged();
        line.Dispose();
        RunningNow.ShouldBe(3);
        _book.TakeChanged().ShouldBe([Model]);
        line.Take(Full(running: 20));
        RunningNow.ShouldBe(3);
    }

    [Fact]
    public void Open_SameNodeAgain_CountsItOnceWhicheverEndsFirst()
    {
        var old = _book.Open("n1", "a");
        old.Take(Full(running: 20, completed: 100));
        var line = _book.Open("n1", "a");
        line.Take(Full(running: 10, completed: 150));
        RunningNow.ShouldBe(10);
        old.Dispose();
        RunningNow.ShouldBe(10);
        line.Take(new LoadReport([], IsFull: true));
        RunningNow.ShouldBe(0);
    }

    [Fact]
    public void Open_NewProcessOfTheNode_HasNothingOfTheOld()
    {
        _book.Open("n1", "a").Take(Full(running: 20));
        var line = _book.Open("n1", "b");
        RunningNow.ShouldBe(0);
        line.Take(Full(running: 1));
        RunningNow.ShouldBe(1);
    }

    [Fact]
    public void Over_NodeThatWasBusyBeforeThisLeader_DoesNotCountWhatWas()
    {
        var line = _book.Open("n1", "a");
        line.Take(Full(running: 1, completed: 1_000_000));
        _clock.Advance(TimeSpan.FromSeconds(1));
        line.Take(new LoadReport([Load(running: 1, completed: 1_000_010)]));
        _book.Over(Model, TimeSpan.FromSeconds(10)).Completions.ShouldBe(10, tolerance: 0.1);
    }

    [Fact]
    public void IsComplete_UntilEachNodeHasToldAll_IsFalse()
    {
        IsComplete().ShouldBeFalse();
        IsComplete(("n1", "a"), ("n2", "a")).ShouldBeFalse();
        _book.Open("n1", "a").Take(Full(running: 1));
        var second = _book.Open("n2", "a");
        IsComplete(("n1", "a"), ("n2", "a")).ShouldBeFalse("It has not said anything yet.");
        second.Take(new LoadReport([], IsFull: true));
        IsComplete(("n1", "a"), ("n2", "a")).ShouldBeTrue();
        IsComplete(("n1", "b"), ("n2", "a")).ShouldBeFalse("Another process has its name.");
        second.Dispose();
        IsComplete(("n1", "a"), ("n2", "a")).ShouldBeFalse();
        IsComplete(("n1", "a")).ShouldBeTrue();
    }

    [Fact]
    public void TakeChanged_LoadChanges_NamesItOnce()
    {
        var line = _book.Open("n1", "a");
        _book.TakeChanged().ShouldBeEmpty();
        line.Take(Full(running: 1));
        line.Take(Full(running: 2));
        _book.TakeChanged().ShouldBe([Model]);
        _book.TakeChanged().ShouldBeEmpty();
    }

    [Fact]
    public void TakeChanged_DeploymentThatIsGone_IsForgotten()
    {
        _book.Open("n1", "a").Take(Full(running: 7));
        _state = StateWith(("n1", "a"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _book.TakeChanged().ShouldBeEmpty();
        RunningNow.ShouldBe(0);
    }

    [Fact]
    public void Over_ManyNodes_OneThatIsGoneLeavesTheSumOfTheOthers()
    {
        var lines = Enumerable.Range(0, 1000).Select(number => _book.Open($"n{number}", "a")).ToList();
        foreach (var line in lines)
            line.Take(Full(running: 10));
        RunningNow.ShouldBe(10_000);
        lines[500].Dispose();
        RunningNow.ShouldBe(9_990);
    }

    private bool IsComplete(params ReadOnlySpan<(string Name, string Incarnation)> nodes)
    {
        _state = nodes.IsEmpty ? null : StateWith(nodes);
        return _book.IsComplete(Model);
    }

    private static LoadReport Full(int running, long completed = 0) => new([Load(running, completed)], IsFull: true);

    private static DeploymentLoad Load(int running, long completed) => new("app", "Model") { Running = running, Completed = completed, Peak = running };

    private static ControllerState StateWith(params ReadOnlySpan<(string Name, string Incarnation)> nodes)
    {
        var table = NodeTable.Empty;
        foreach (var (name, incarnation) in nodes)
            table = table.SetItem(name, new NodeState { Info = new NodeInfo(name, incarnation, Address: "", 1, 0), UsedGpus = [] });
        return new ControllerState { Epoch = 1, MaxRequestBodyBytes = 1, Nodes = table };
    }
}
