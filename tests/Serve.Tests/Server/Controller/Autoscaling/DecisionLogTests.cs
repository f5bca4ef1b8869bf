using Serve.Identity;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Tests.Server.Controller.Autoscaling;

public sealed class DecisionLogTests
{
    private static readonly DeploymentId Api = new("shop", "Api");
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DecisionLog _log = new();
    private int _second;

    [Fact]
    public void Note_SameAgainAndAgain_IsOneEntryWithItsBeginAndItsEnd()
    {
        for (var i = 0; i < 1000; i++)
            Note(ScalingRule.Enough, 2, 2);
        var entry = _log.Of(Api).ShouldHaveSingleItem();
        (entry.Times, entry.Since, entry.Decision.At).ShouldBe((1000, Begin.AddSeconds(1), Begin.AddSeconds(1000)));
    }

    [Fact]
    public void Note_Endlessly_KeepsTheLastChangesLongerThanWhatChangedNothing()
    {
        for (var i = 0; i < 1000; i++)
        {
            Note(ScalingRule.UpDelayed, 1, 1);
            Note(ScalingRule.Up, 1, 2);
            Note(ScalingRule.DownDelayed, 2, 2);
            Note(ScalingRule.Down, 2, 1);
        }

        var entries = _log.Of(Api);
        entries.Count.ShouldBe(DecisionLog.MaxChanges + DecisionLog.MaxOthers + 1);
        entries.Select(entry => entry.Decision.At).ShouldBeInOrder(SortDirection.Descending);
        entries.Count(entry => entry.Decision.After != entry.Decision.Before).ShouldBe(DecisionLog.MaxChanges + 1);
    }

    [Fact]
    public void Forget_Deployment_LeavesTheOthers()
    {
        Note(ScalingRule.Up, 1, 2);
        _log.Note(new DeploymentId("shop", "Model"), _log.Last(Api)!.Decision);
        _log.Forget(Api);
        (_log.Last(Api), _log.Of(new DeploymentId("shop", "Model")).Count).ShouldBe((null, 1));
    }

    private void Note(ScalingRule rule, int before, int after) => _log.Note(Api, new ScalingDecision
    {
        At = Begin.AddSeconds(++_second),
        Rule = rule,
        Before = before,
        After = after,
        Needed = after,
        Running = before,
        Min = 0,
        Max = 9,
        Load = LoadFigures.None,
        TargetOngoing = 1,
    });
}
