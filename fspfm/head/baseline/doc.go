// Package baseline has the heads that FSPFM is compared with. Each implements head.Head,
// stands behind the same extractor and is trained by the same loop, so that a table
// compares methods and not programs.
//
//	head, err := baseline.New("dream", 512, 2048)
//
//	name    head                                         pose     source
//	none    the feature as it is                         -
//	mean    the training set's mean feature subtracted   -        what a table must beat first
//	linear  one linear map                               -
//	mlp     a residual of two layers, no pose            -        FSPFM with every gate at one
//	dream   Deep Residual EquivAriant Mapping            yaw      Cao et al., CVPR 2018; code
//	agpm    Attention-Guided Progressive Mapping         yaw      Huang and Ding, IJCB 2021; code
//	pam     Pose Attention Module                        yaw      Tsai and Yeh, arXiv 2111.11940
//	pctn    Pose Consistent Transfer in implicit space   feature  Zeng et al., PRL 2023; title
//	pad     student of Adaptive Angular Distillation     -        Zhang et al., AAAI 2022
//
// The authors' code is public where it says "code". Of pctn little more is public than
// the title, of pam and pad a description.
//
// Where only a description is public, the head's comment says what was filled in: such a
// row compares with the idea, not with the authors' network. Heads made for an extractor
// that trains with them do without it here: all see the finished feature.
//
// All heads work, as head.Module does by default, on the feature scaled to the norm
// sqrt(d), and scale their change back, because extractors differ in scale by orders of
// magnitude: M(c f) = c M(f) for c > 0. Except for DREAM and AGPM, which begin as
// published, a head that has not been trained changes nothing.
//
// Poses are those of head.PoseInput: yaw, pitch and roll in radians for heads that take
// angles, of which these use the yaw.
package baseline
