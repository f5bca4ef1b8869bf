using Serve.TestProgram.Autoscaling;
using Serve.TestProgram.Behaviour;
using Serve.TestProgram.Grpc;

namespace Serve.TestProgram;

/// <summary>The deployments that the program has: several programs in one, chosen by an environment variable.</summary>
internal static class DeploymentsOfTests
{
    public static void Choose(ServeOptions options)
    {
        switch (Environment.GetEnvironmentVariable("TEST_PROGRAM"))
        {
            case "behaviour":
                options.AddDeployment<Door>().AddDeployment<Relay>().AddDeployment<Leaf>().AddDeployment<Narrow>().AddDeployment<Lane>().AddDeployment<Shelf>()
                    .AddDeployment<Library>();
                break;
            case "narrow":
                options.AddDeployment<NarrowDoor>();
                break;
            case "parts":
                options.AddDeployment<PartsDoor>();
                break;
            case "desk":
                options.AddDeployment<Desk>();
                break;
            case "office":
                options.AddDeployment<Office>().AddDeployment<Clerk>().AddDeployment<Archive>();
                break;
            default:
                options.AddDeployment<Echo>().AddDeployment<Front>();
                break;
        }
    }
}
