using System.Reflection;
using CircuitGrid.Torch.Tests;
using Xunit.v3;

[assembly: NeedsLibtorch]

namespace CircuitGrid.Torch.Tests;

/// <summary>Where libtorch can't be loaded, every test says so and is skipped.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class NeedsLibtorchAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Assert.SkipWhen(Libtorch.Complaint is not null, Libtorch.Complaint ?? "");
}
