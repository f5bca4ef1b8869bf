using Serve.Admin;
using Serve.Cli.Output;
using Serve.Status;

namespace Serve.Tests.Cli.Output;

/// <summary>What commands print for people, as golden text.</summary>
public sealed class OutputTextTests
{
    /// <summary>2026-01-02 03:04:05 UTC.</summary>
    private const double Time = 1767323045.5;

    [Fact]
    public void Event_EachKind_IsOneLine()
    {
        ServeEvent[] events =
        [
            Event(EventType.RevisionSubmitted) with { Application = "shop", Revision = 3, By = "ada", Message = "deployed" },
            Event(EventType.RolledBack) with { Application = "shop", Revision = 4, Message = "rolled back to revision 2" },
            Event(EventType.ApplicationStatus) with { Application = "shop", To = "DEPLOYING", Message = "building /p" },
            Event(EventType.ApplicationStatus) with { Application = "shop", From = "DELETING" },
            Event(EventType.DeploymentStatus) with { Application = "shop", Deployment = "Api", From = "UPDATING", To = "HEALTHY" },
            Event(EventType.DeploymentStatus) with { Application = "shop", Deployment = "Api", From = "UPDATING", To = "UPDATING", Message = "3 failed attempts.\nthe log" },
            Event(EventType.ReplicaState) with { Application = "shop", Deployment = "Api", Replica = "shop#Api#1-7", Node = "node1", From = "STARTING", To = "RUNNING" },
            Event(EventType.NodeJoined) with { Node = "node2", Message = "4 CPUs, 0 GPUs" },
            Event(EventType.NodeLeft) with { Node = "node2" },
            Event(EventType.Reset) with { Message = "What came after event 1.2 is not known any more; read the state again." },
        ];
        string.Join('\n', events.Select(EventText.Of)).ShouldBe(
            """
            03:04:05 shop: revision 3 by ada (deployed)
            03:04:05 shop: revision 4 (rolled back to revision 2)
            03:04:05 shop: DEPLOYING (building /p)
            03:04:05 shop: DELETING -> gone
            03:04:05 shop/Api: UPDATING -> HEALTHY
            03:04:05 shop/Api: UPDATING (3 failed attempts.)
            03:04:05 shop/Api 1-7 on node1: STARTING -> RUNNING
            03:04:05 node node2 joined (4 CPUs, 0 GPUs)
            03:04:05 node node2 left
            03:04:05 events were missed (What came after event 1.2 is not known any more; read the state again.)
            """);
    }

    [Fact]
    public void History_Revisions_AreATable()
    {
        var history = new RevisionHistory("shop", 4, 3,
        [
            Revision(4, "ada", "deployed", wasRunning: false),
            Revision(3, null, "rolled back to revision 1", wasRunning: true),
            Revision(2, "grace", "deployed", wasRunning: false),
            Revision(1, "ada", "deployed", wasRunning: true),
        ]);
        HistoryText.Of(history).ShouldBe(
            """
            REVISION  WHEN (UTC)           BY     CHANGE                     STATE
            4         2026-01-02 03:04:05  ada    deployed                   submitted, not in use
            3         2026-01-02 03:04:05  -      rolled back to revision 1  current
            2         2026-01-02 03:04:05  grace  deployed                   never ran as a whole
            1         2026-01-02 03:04:05  ada    deployed                   was running
            """);
    }

    [Fact]
    public void Explanation_Deployments_AreQuestionsAndAnswers()
    {
        var explanation = new Explanation
        {
            Application = "shop",
            Status = ApplicationStatus.DEPLOYING,
            Revision = 3,
            Answers = [new Answer("Why is it DEPLOYING?", "Of its deployments Api is UPDATING.")],
            Deployments =
            [
                new DeploymentExplanation
                {
                    Name = "Api",
                    Status = DeploymentStatus.UPDATING,
                    StatusTrigger = DeploymentStatusTrigger.CONFIG_UPDATE_STARTED,
                    SinceS = Time,
                    TargetNumReplicas = 2,
                    ReadyReplicas = 1,
                    TargetStandbyReplicas = 2,
                    ReadyStandbyReplicas = 1,
                    NextAttemptS = null,
                    Answers = [new Answer("Why is it UPDATING?", "1 of 2 replicas are ready\nand a line of its log")],
                    Refusals = [],
                    Awaited = [new AwaitedReplica("shop#Api#1-7", "node1", "it is in Constructor", Time, 600), new AwaitedReplica("shop#Api#1-2", "node1", "it finishes its requests", SinceS: null, 20)],
                },
            ],
        };
        ExplanationText.Of(explanation).ShouldBe(
            """
            shop DEPLOYING (revision 3)
              Why is it DEPLOYING?
                Of its deployments Api is UPDATING.

            Api UPDATING since 03:04:05 UTC (1 of 2 ready, 1 of 2 standing by)
              Why is it UPDATING?
                1 of 2 replicas are ready
                and a line of its log
              What is awaited?
                1-7 on node1: it is in Constructor, since 03:04:05 UTC, at most 600 s
                1-2 on node1: it finishes its requests, at most 20 s
            """);
    }

    private static ServeEvent Event(EventType type) => new() { TimeS = Time, Type = type };

    private static RevisionDetails Revision(long number, string? by, string change, bool wasRunning) =>
        new() { Number = number, AtS = Time, By = by, Change = change, WasRunning = wasRunning, Config = [] };
}
